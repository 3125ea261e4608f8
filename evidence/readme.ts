/** README.txt of every DEF v0 bundle: how to check it with unzip, sha256sum and openssl alone. Fixed text of this spec version. */
export const readme = `Clyra evidence, DEF v0

This zip is the record of one governed data change: who asked for it, what policy
said, who approved it, what was done, and where in the warehouse's history it stands.
manifest.json says what is in it; log/receipts.jsonl is the record itself.

You need a folder with the public keys you trust. Take it from the organisation that
vouches for this record, never from the sender of this file. Set two variables:

    FILE=/path/to/this.zip TRUST=/path/to/trust

1. Nothing was changed since it was sealed. Every line must end in OK.

    unzip -q "$FILE" -d evidence && cd evidence
    sha256sum -c SHA256SUMS

2. The seal is about these very files. Both lines must print the same 64 digits.

    SEAL=$(ls sig/bundle.*.sigstore.json | head -n 1)
    sed 's/.*"payload":"\\([^"]*\\)".*/\\1/' "$SEAL" | openssl base64 -d -A > ../statement.json
    sed 's/.*"subject":\\[{"digest":{"sha256":"\\([0-9a-f]*\\)".*/\\1/' ../statement.json | cut -c 1-64
    sha256sum SHA256SUMS | cut -c 1-64

3. A key you trust made the seal. The last line must print: Verified OK

    KEY=$(echo "$SEAL" | sed 's/.*bundle\\.\\([0-9a-f]*\\)\\..*/\\1/')
    sed 's/.*"sig":"\\([^"]*\\)".*/\\1/' "$SEAL" | openssl base64 -d -A > ../signature.der
    printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < ../statement.json)" > ../signed.bin
    cat ../statement.json >> ../signed.bin
    openssl dgst -sha256 -verify "$TRUST/$KEY.pem" -signature ../signature.der ../signed.bin

The statement must say "predicateType":"https://clyra.dev/spec/def/v0".
These steps show that the files are whole and who sealed them. That the record is a
complete and lawful walk from request to effect, that each approval was signed by the
approver's own key, and that the log was not cut: clyra-verify FILE --trust DIR
`
