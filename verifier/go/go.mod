module clyra.dev/verifier

go 1.22
