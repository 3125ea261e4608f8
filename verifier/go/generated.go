// Code generated from spec/**/schemas by `npm run gen`. DO NOT EDIT.

package main

import "encoding/json"

var schemaTexts = map[string]string{
	"approval_certificate":  "{\"type\":\"object\",\"required\":[\"cert_id\",\"aud\",\"change_id\",\"attempt\",\"run_id\",\"predecessor\",\"target\",\"payload_digest\",\"policy_digest\",\"display_hash\",\"nonce\",\"quorum\",\"grade\",\"max_uses\",\"requesters\",\"decisions\",\"approved_at\",\"expires_at\",\"envelope_digest\"],\"additionalProperties\":false,\"properties\":{\"cert_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\"},\"aud\":{\"type\":\"string\",\"maxLength\":300},\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"run_id\":{\"type\":\"string\",\"maxLength\":100},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"target\":{\"$ref\":\"#/$defs/name\"},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"policy_digest\":{\"$ref\":\"#/$defs/digest\"},\"display_hash\":{\"$ref\":\"#/$defs/digest\"},\"nonce\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"quorum\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":20},\"grade\":{\"$ref\":\"#/$defs/grade\"},\"max_uses\":{\"const\":1},\"requesters\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":200}},\"decisions\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"person\",\"key_id\",\"subject_id\",\"grade\",\"envelope_digest\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200},\"key_id\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9a-f]{64}$\"},\"subject_id\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9a-f]{64}$\"},\"grade\":{\"$ref\":\"#/$defs/grade\"},\"envelope_digest\":{\"$ref\":\"#/$defs/digest\"}}},\"minItems\":1,\"maxItems\":20},\"approved_at\":{\"$ref\":\"#/$defs/time\"},\"expires_at\":{\"$ref\":\"#/$defs/time\"},\"envelope_digest\":{\"$ref\":\"#/$defs/digest\"}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"grade\":{\"type\":\"string\",\"enum\":[\"standard\",\"enhanced\"]},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"approver_enrolled":     "{\"type\":\"object\",\"required\":[\"person\",\"key_id\",\"alg\",\"spki\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"key_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"alg\":{\"const\":\"ES256\"},\"spki\":{\"$ref\":\"#/$defs/base64\"},\"webauthn\":{\"type\":\"object\",\"required\":[\"rp_id\",\"origin\",\"credential_id\"],\"additionalProperties\":false,\"properties\":{\"rp_id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":253,\"pattern\":\"^[a-z0-9.-]+$\"},\"origin\":{\"type\":\"string\",\"maxLength\":300,\"pattern\":\"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$\"},\"credential_id\":{\"type\":\"string\",\"maxLength\":1400,\"pattern\":\"^[A-Za-z0-9_-]+$\"}}}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"}}}",
	"approver_invited":      "{\"type\":\"object\",\"required\":[\"person\",\"invite_id\",\"expires_at\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"invite_id\":{\"type\":\"string\",\"maxLength\":40},\"expires_at\":{\"$ref\":\"#/$defs/time\"}},\"$defs\":{\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"approver_revoked":      "{\"type\":\"object\",\"required\":[\"person\",\"key_id\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"key_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"reason\":{\"type\":\"string\",\"maxLength\":500}}}",
	"attempt":               "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"payload_digest\",\"executor\",\"row_limit\",\"window\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"executor\":{\"type\":\"string\",\"enum\":[\"clyra\",\"caller\"]},\"row_limit\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"window\":{\"type\":[\"object\",\"null\"],\"required\":[\"expires_at\",\"anchor\",\"before\"],\"additionalProperties\":false,\"properties\":{\"expires_at\":{\"$ref\":\"#/$defs/time\"},\"anchor\":{\"$ref\":\"#/$defs/anchor\"},\"before\":{\"$ref\":\"#/$defs/snapshot_ref\"}}}},\"$defs\":{\"anchor\":{\"type\":\"object\",\"required\":[\"position\",\"platform\",\"system_identifier\",\"database\",\"timeline\",\"lsn\",\"xid\",\"snapshot\",\"role\",\"strength\",\"server_version\",\"simulated\"],\"additionalProperties\":false,\"properties\":{\"position\":{\"type\":\"string\",\"enum\":[\"before\",\"after\"]},\"platform\":{\"type\":\"string\",\"maxLength\":40},\"system_identifier\":{\"type\":\"string\",\"maxLength\":40},\"database\":{\"type\":\"string\",\"maxLength\":63},\"timeline\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"lsn\":{\"type\":\"string\",\"maxLength\":40},\"xid\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"snapshot\":{\"type\":\"string\",\"maxLength\":10000},\"role\":{\"type\":\"string\",\"enum\":[\"primary\",\"standby\"]},\"strength\":{\"type\":\"string\",\"enum\":[\"exact\",\"transaction\",\"bounded\"]},\"server_version\":{\"type\":\"string\",\"maxLength\":40},\"simulated\":{\"type\":\"boolean\"}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"snapshot_ref\":{\"type\":\"object\",\"required\":[\"digest\",\"relations\"],\"additionalProperties\":false,\"properties\":{\"digest\":{\"$ref\":\"#/$defs/digest\"},\"relations\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}}},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"attestation":           "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"framework\",\"bundle_id\",\"statement_digest\",\"key_id\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"framework\":{\"$ref\":\"#/$defs/name\"},\"bundle_id\":{\"$ref\":\"#/$defs/digest\"},\"statement_digest\":{\"$ref\":\"#/$defs/digest\"},\"key_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"bundle_sealed":         "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"bundle_id\",\"start\",\"end\",\"root\",\"outcome\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"bundle_id\":{\"$ref\":\"#/$defs/digest\"},\"start\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"end\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"root\":{\"$ref\":\"#/$defs/digest\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"observed\",\"denied\",\"rejected\",\"expired\",\"cancelled\",\"failed\",\"ambiguous\"]}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"cancellation":          "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"reason\":{\"type\":\"string\",\"maxLength\":1000}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"}}}",
	"certificate_statement": "{\"type\":\"object\",\"required\":[\"_type\",\"subject\",\"predicateType\",\"predicate\"],\"additionalProperties\":false,\"properties\":{\"_type\":{\"const\":\"https://in-toto.io/Statement/v1\"},\"subject\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"digest\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":36,\"maxLength\":36},\"digest\":{\"type\":\"object\",\"required\":[\"sha256\"],\"additionalProperties\":false,\"properties\":{\"sha256\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}}}}},\"minItems\":1,\"maxItems\":1},\"predicateType\":{\"const\":\"https://clyra.dev/spec/approval_certificate/v0\"},\"predicate\":{\"type\":\"object\",\"required\":[\"aud\",\"payload_digest\",\"grade\",\"expires_at\"],\"additionalProperties\":false,\"properties\":{\"aud\":{\"type\":\"string\",\"maxLength\":300},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"grade\":{\"$ref\":\"#/$defs/grade\"},\"expires_at\":{\"$ref\":\"#/$defs/time\"}}}},\"$defs\":{\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"grade\":{\"type\":\"string\",\"enum\":[\"standard\",\"enhanced\"]},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"change":                "{\"type\":\"object\",\"required\":[\"change_id\",\"tenant\",\"attempt\",\"kind\",\"source\",\"site_key_digest\",\"revision\",\"target\",\"mode\",\"executor\",\"role\",\"payload_digest\",\"statements\",\"requester\",\"claimed_person\",\"reason\",\"late\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"tenant\":{\"$ref\":\"#/$defs/name\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"kind\":{\"const\":\"sql\"},\"source\":{\"$ref\":\"#/$defs/name\"},\"site_key_digest\":{\"$ref\":\"#/$defs/digest\"},\"revision\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"target\":{\"$ref\":\"#/$defs/name\"},\"mode\":{\"type\":\"string\",\"enum\":[\"gate\",\"review\"]},\"executor\":{\"type\":\"string\",\"enum\":[\"clyra\",\"caller\"]},\"role\":{\"type\":\"string\",\"enum\":[\"dml\",\"ddl\"]},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"statements\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},\"requester\":{\"$ref\":\"#/$defs/actor\"},\"claimed_person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},\"reason\":{\"type\":\"string\",\"maxLength\":1000},\"late\":{\"type\":[\"object\",\"null\"],\"required\":[\"claimed_at\",\"lost\"],\"additionalProperties\":false,\"properties\":{\"claimed_at\":{\"$ref\":\"#/$defs/time\"},\"lost\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}}}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"decision":              "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"decision_id\",\"decision\",\"status\",\"code\",\"person\",\"key_id\",\"subject_id\",\"grade\",\"sign_on\",\"envelope_digest\",\"delivered_by\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"decision_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":36},\"decision\":{\"type\":[\"string\",\"null\"],\"enum\":[\"approve\",\"reject\",null]},\"status\":{\"type\":\"string\",\"enum\":[\"counted\",\"refused\"]},\"code\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},\"key_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":64},\"subject_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":64},\"grade\":{\"type\":[\"string\",\"null\"],\"enum\":[\"standard\",\"enhanced\",null]},\"sign_on\":{\"type\":[\"object\",\"null\"],\"required\":[\"id_token_digest\",\"auth_time\",\"acr\",\"amr\"],\"additionalProperties\":false,\"properties\":{\"id_token_digest\":{\"$ref\":\"#/$defs/digest\"},\"auth_time\":{\"$ref\":\"#/$defs/time\"},\"acr\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},\"amr\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":40},\"maxItems\":20}}},\"envelope_digest\":{\"$ref\":\"#/$defs/digest\"},\"delivered_by\":{\"$ref\":\"#/$defs/actor\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"decision_overflow":     "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"limit\",\"delivered_by\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1},\"limit\":{\"type\":\"integer\",\"minimum\":1},\"delivered_by\":{\"$ref\":\"#/$defs/actor\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"decision_statement":    "{\"type\":\"object\",\"required\":[\"_type\",\"subject\",\"predicateType\",\"predicate\"],\"additionalProperties\":false,\"properties\":{\"_type\":{\"const\":\"https://in-toto.io/Statement/v1\"},\"subject\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"digest\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"$ref\":\"#/$defs/change_id\"},\"digest\":{\"type\":\"object\",\"required\":[\"sha256\"],\"additionalProperties\":false,\"properties\":{\"sha256\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}}}}},\"minItems\":1,\"maxItems\":1},\"predicateType\":{\"const\":\"https://clyra.dev/spec/decision/v0\"},\"predicate\":{\"type\":\"object\",\"required\":[\"decision_id\",\"change_id\",\"payload_digest\",\"policy_digest\",\"display_hash\",\"nonce\",\"decision\",\"person\",\"reason\",\"signed_at\"],\"additionalProperties\":false,\"properties\":{\"decision_id\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":36},\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"policy_digest\":{\"$ref\":\"#/$defs/digest\"},\"display_hash\":{\"$ref\":\"#/$defs/digest\"},\"nonce\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"decision\":{\"type\":\"string\",\"enum\":[\"approve\",\"reject\"]},\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"reason\":{\"type\":\"string\",\"maxLength\":1000},\"signed_at\":{\"$ref\":\"#/$defs/time\"},\"match_code\":{\"type\":\"string\",\"pattern\":\"^[0-9]{6}$\"}}}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"door_refusal":          "{\"type\":\"object\",\"required\":[\"code\",\"door\",\"change_id\",\"person\"],\"additionalProperties\":false,\"properties\":{\"code\":{\"type\":\"string\",\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"door\":{\"type\":\"string\",\"enum\":[\"page\",\"slack\",\"cli\",\"enrolment\"]},\"change_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}}",
	"dsse_envelope":         "{\"type\":\"object\",\"required\":[\"payload\",\"payloadType\",\"signatures\"],\"additionalProperties\":false,\"properties\":{\"payload\":{\"$ref\":\"#/$defs/base64\"},\"payloadType\":{\"type\":\"string\",\"maxLength\":100},\"signatures\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"sig\"],\"additionalProperties\":false,\"properties\":{\"sig\":{\"$ref\":\"#/$defs/base64\"},\"webauthn\":{\"type\":\"object\",\"required\":[\"authenticator_data\",\"client_data\"],\"additionalProperties\":false,\"properties\":{\"authenticator_data\":{\"$ref\":\"#/$defs/base64\"},\"client_data\":{\"$ref\":\"#/$defs/base64\"}}},\"id_token\":{\"type\":\"object\",\"required\":[\"digest\",\"iss\",\"kid\",\"alg\"],\"additionalProperties\":false,\"properties\":{\"digest\":{\"$ref\":\"#/$defs/digest\"},\"iss\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300,\"pattern\":\"^https?://[!-~]+$\"},\"kid\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},\"alg\":{\"type\":\"string\",\"enum\":[\"RS256\",\"ES256\"]}}}}},\"minItems\":1,\"maxItems\":2}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"facts":                 "{\"type\":\"object\",\"required\":[\"parsed\",\"role\",\"statements\",\"estimated_rows\",\"refusals\",\"platform\",\"server_version\",\"simulated\",\"history\"],\"additionalProperties\":false,\"properties\":{\"parsed\":{\"type\":\"string\",\"enum\":[\"parsed\",\"opaque\",\"unparsed\"]},\"role\":{\"type\":\"string\",\"enum\":[\"dml\",\"ddl\"]},\"statements\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/statement\"}},\"estimated_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"refusals\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/refusal\"}},\"platform\":{\"type\":\"string\",\"maxLength\":40},\"server_version\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"simulated\":{\"type\":\"boolean\"},\"history\":{\"$ref\":\"#/$defs/history\"}},\"$defs\":{\"code\":{\"type\":\"string\",\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"history\":{\"type\":\"object\",\"required\":[\"changes_24h\",\"rows_24h\",\"requester_changes_24h\",\"first_write\"],\"additionalProperties\":false,\"properties\":{\"changes_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"rows_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"requester_changes_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"first_write\":{\"type\":[\"boolean\",\"null\"]}}},\"refusal\":{\"type\":\"object\",\"required\":[\"code\",\"statement\",\"detail\"],\"additionalProperties\":false,\"properties\":{\"code\":{\"$ref\":\"#/$defs/code\"},\"statement\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"detail\":{\"type\":\"string\",\"maxLength\":300}}},\"relation\":{\"type\":\"object\",\"required\":[\"schema\",\"name\",\"access\"],\"additionalProperties\":false,\"properties\":{\"schema\":{\"type\":\"string\",\"maxLength\":63},\"name\":{\"type\":\"string\",\"maxLength\":63},\"access\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]}}},\"statement\":{\"type\":\"object\",\"required\":[\"kind\",\"relations\",\"functions\",\"predicate\",\"details\",\"estimated_rows\",\"estimate_basis\",\"relation_rows\"],\"additionalProperties\":false,\"properties\":{\"kind\":{\"type\":\"string\",\"maxLength\":40},\"relations\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/relation\"}},\"functions\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":200}},\"predicate\":{\"type\":\"string\",\"enum\":[\"bounded\",\"constant\",\"missing\",\"not_applicable\"]},\"details\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":80}},\"estimated_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"estimate_basis\":{\"type\":\"string\",\"enum\":[\"explain\",\"counted\",\"never_analysed\",\"unexplainable\",\"not_applicable\"]},\"relation_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991}}}}}",
	"freeze":                "{\"type\":\"object\",\"required\":[\"target\",\"frozen\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"target\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"frozen\":{\"type\":\"boolean\"},\"reason\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":500}}}",
	"grant":                 "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"grant_id\",\"token_hash\",\"payload_digest\",\"target\",\"caller\",\"login\",\"expires_at\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"grant_id\":{\"$ref\":\"#/$defs/uuid\"},\"token_hash\":{\"$ref\":\"#/$defs/digest\"},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"target\":{\"$ref\":\"#/$defs/name\"},\"caller\":{\"$ref\":\"#/$defs/actor\"},\"login\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63},\"expires_at\":{\"$ref\":\"#/$defs/time\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\"uuid\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\"}}}",
	"id_tokens_disclosed":   "{\"type\":\"object\",\"required\":[\"change_id\",\"digests\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"digests\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/digest\"},\"minItems\":1,\"maxItems\":1000}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"idp_key":               "{\"type\":\"object\",\"required\":[\"iss\",\"kid\",\"alg\",\"spki\"],\"additionalProperties\":false,\"properties\":{\"iss\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300,\"pattern\":\"^https?://[!-~]+$\"},\"kid\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},\"alg\":{\"type\":\"string\",\"enum\":[\"RS256\",\"ES256\"]},\"spki\":{\"$ref\":\"#/$defs/base64\"}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"}}}",
	"late_decision":         "{\"type\":\"object\",\"required\":[\"change_id\",\"envelope_digest\",\"code\",\"delivered_by\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"envelope_digest\":{\"$ref\":\"#/$defs/digest\"},\"code\":{\"$ref\":\"#/$defs/code\"},\"delivered_by\":{\"$ref\":\"#/$defs/actor\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"code\":{\"type\":\"string\",\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"outcome":               "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"outcome\",\"code\",\"sqlstate\",\"statement\",\"payload_digest\",\"affected_rows\",\"rows_by_statement\",\"settled_by\",\"effect\",\"enforcement\",\"redemption\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"observed\",\"denied\",\"rejected\",\"expired\",\"cancelled\",\"failed\",\"ambiguous\"]},\"code\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"sqlstate\":{\"type\":[\"string\",\"null\"],\"maxLength\":5},\"statement\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"affected_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"rows_by_statement\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"settled_by\":{\"type\":\"string\",\"enum\":[\"commit\",\"guard_row\",\"tombstone\",\"not_started\"]},\"effect\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"enforcement\":{\"type\":[\"string\",\"null\"],\"enum\":[\"applied\",\"observed\",null]},\"redemption\":{\"type\":[\"object\",\"null\"],\"required\":[\"grant_id\",\"xid\",\"login\",\"redeemed_at\"],\"additionalProperties\":false,\"properties\":{\"grant_id\":{\"$ref\":\"#/$defs/uuid\"},\"xid\":{\"type\":\"string\",\"maxLength\":40},\"login\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63},\"redeemed_at\":{\"$ref\":\"#/$defs/time\"}}}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\"uuid\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\"}}}",
	"payload":               "{\"type\":\"object\",\"required\":[\"kind\",\"target\",\"executor\",\"role\",\"statements\",\"limits\",\"salt\"],\"additionalProperties\":false,\"properties\":{\"kind\":{\"const\":\"sql\"},\"target\":{\"$ref\":\"#/$defs/name\"},\"executor\":{\"type\":\"string\",\"enum\":[\"clyra\",\"caller\"]},\"role\":{\"type\":\"string\",\"enum\":[\"dml\",\"ddl\"]},\"statements\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":1048576,\"minLength\":1},\"minItems\":1,\"maxItems\":100},\"limits\":{\"type\":\"object\",\"required\":[\"max_rows\",\"statement_timeout_ms\",\"lock_timeout_ms\"],\"additionalProperties\":false,\"properties\":{\"max_rows\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"statement_timeout_ms\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3600000},\"lock_timeout_ms\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000},\"grant_seconds\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":86400}}},\"salt\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}},\"$defs\":{\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"recorded":              "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"outcome\",\"receipts\",\"governance\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"observed\",\"denied\",\"rejected\",\"expired\",\"cancelled\",\"failed\",\"ambiguous\"]},\"receipts\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"governance\":{\"$ref\":\"#/$defs/governance\"}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"governance\":{\"type\":\"object\",\"required\":[\"reliability\",\"transparency\",\"accuracy\",\"oversight\"],\"additionalProperties\":false,\"properties\":{\"reliability\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"transparency\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"accuracy\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"oversight\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}}}}}}",
	"requester":             "{\"type\":\"object\",\"required\":[\"change_id\",\"requester\",\"claimed_person\",\"predecessor\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"requester\":{\"$ref\":\"#/$defs/actor\"},\"claimed_person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},\"predecessor\":{\"$ref\":\"#/$defs/digest\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"resolution":            "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"outcome\",\"code\",\"settled_by\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"failed\"]},\"code\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"settled_by\":{\"type\":\"string\",\"enum\":[\"guard_row\",\"tombstone\"]}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"slack_linked":          "{\"type\":\"object\",\"required\":[\"team_id\",\"user_id\",\"person\",\"subject_id\",\"expires_at\"],\"additionalProperties\":false,\"properties\":{\"team_id\":{\"type\":\"string\",\"pattern\":\"^[TE][A-Z0-9]{2,30}$\"},\"user_id\":{\"type\":\"string\",\"pattern\":\"^[UW][A-Z0-9]{2,30}$\"},\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"subject_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"expires_at\":{\"$ref\":\"#/$defs/time\"}},\"$defs\":{\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"slack_unlinked":        "{\"type\":\"object\",\"required\":[\"team_id\",\"user_id\",\"person\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"team_id\":{\"type\":\"string\",\"pattern\":\"^[TE][A-Z0-9]{2,30}$\"},\"user_id\":{\"type\":\"string\",\"pattern\":\"^[UW][A-Z0-9]{2,30}$\"},\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"reason\":{\"type\":\"string\",\"maxLength\":500}}}",
	"snapshot":              "{\"type\":\"object\",\"required\":[\"change_id\",\"predecessor\",\"position\",\"digest\",\"relations\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"position\":{\"type\":\"string\",\"enum\":[\"before\",\"after\"]},\"digest\":{\"$ref\":\"#/$defs/digest\"},\"relations\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"subject_linked":        "{\"type\":\"object\",\"required\":[\"person\",\"subject_id\",\"iss\",\"sub\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"subject_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"iss\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300,\"pattern\":\"^https?://[!-~]+$\"},\"sub\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}}}",
	"subject_unlinked":      "{\"type\":\"object\",\"required\":[\"person\",\"subject_id\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"subject_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"reason\":{\"type\":\"string\",\"maxLength\":500}}}",
	"target_mode":           "{\"type\":\"object\",\"required\":[\"target\",\"mode\",\"policy_id\",\"reason\"],\"additionalProperties\":false,\"properties\":{\"target\":{\"$ref\":\"#/$defs/name\"},\"mode\":{\"type\":\"string\",\"enum\":[\"gate\",\"review\"]},\"policy_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},\"reason\":{\"type\":\"string\",\"maxLength\":500}},\"$defs\":{\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"ticket":                "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"predecessor\",\"tracker\",\"reference\",\"bundle_id\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"tracker\":{\"$ref\":\"#/$defs/name\"},\"reference\":{\"type\":\"string\",\"maxLength\":500},\"bundle_id\":{\"$ref\":\"#/$defs/digest\"}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200}}}",
	"verdict":               "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"run_id\",\"predecessor\",\"outcome\",\"mode\",\"policy_id\",\"policy_digest\",\"payload_digest\",\"display_hash\",\"facts\",\"reasons\",\"row_limit\",\"quorum\",\"grade\",\"authenticator_age_seconds\",\"eligible_approvers\",\"nonce\",\"deadline\",\"certificate_ttl_seconds\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"run_id\":{\"type\":\"string\",\"maxLength\":100},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"allow\",\"needs_approval\",\"deny\"]},\"mode\":{\"type\":\"string\",\"enum\":[\"gate\",\"review\"]},\"policy_id\":{\"$ref\":\"#/$defs/name\"},\"policy_digest\":{\"$ref\":\"#/$defs/digest\"},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"display_hash\":{\"$ref\":\"#/$defs/digest\"},\"facts\":{\"$ref\":\"#/$defs/facts\"},\"reasons\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/reason\"},\"minItems\":1},\"row_limit\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"quorum\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":20},\"grade\":{\"type\":\"string\",\"enum\":[\"standard\",\"enhanced\"]},\"authenticator_age_seconds\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":31536000},\"eligible_approvers\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":200}},\"nonce\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9a-f]{64}$\"},\"deadline\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\"certificate_ttl_seconds\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":86400}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"code\":{\"type\":\"string\",\"pattern\":\"^CLYRA_[A-Z0-9_]+$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"facts\":{\"type\":\"object\",\"required\":[\"parsed\",\"role\",\"statements\",\"estimated_rows\",\"refusals\",\"platform\",\"server_version\",\"simulated\",\"history\"],\"additionalProperties\":false,\"properties\":{\"parsed\":{\"type\":\"string\",\"enum\":[\"parsed\",\"opaque\",\"unparsed\"]},\"role\":{\"type\":\"string\",\"enum\":[\"dml\",\"ddl\"]},\"statements\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/statement\"}},\"estimated_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"refusals\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/refusal\"}},\"platform\":{\"type\":\"string\",\"maxLength\":40},\"server_version\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"simulated\":{\"type\":\"boolean\"},\"history\":{\"$ref\":\"#/$defs/history\"}}},\"history\":{\"type\":\"object\",\"required\":[\"changes_24h\",\"rows_24h\",\"requester_changes_24h\",\"first_write\"],\"additionalProperties\":false,\"properties\":{\"changes_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"rows_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"requester_changes_24h\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"first_write\":{\"type\":[\"boolean\",\"null\"]}}},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"reason\":{\"type\":\"object\",\"required\":[\"rule\",\"outcome\",\"why\",\"refs\"],\"additionalProperties\":false,\"properties\":{\"rule\":{\"$ref\":\"#/$defs/name\"},\"outcome\":{\"type\":\"string\",\"enum\":[\"allow\",\"needs_approval\",\"deny\"]},\"why\":{\"type\":\"string\",\"maxLength\":500},\"refs\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":100}}}},\"refusal\":{\"type\":\"object\",\"required\":[\"code\",\"statement\",\"detail\"],\"additionalProperties\":false,\"properties\":{\"code\":{\"$ref\":\"#/$defs/code\"},\"statement\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"detail\":{\"type\":\"string\",\"maxLength\":300}}},\"relation\":{\"type\":\"object\",\"required\":[\"schema\",\"name\",\"access\"],\"additionalProperties\":false,\"properties\":{\"schema\":{\"type\":\"string\",\"maxLength\":63},\"name\":{\"type\":\"string\",\"maxLength\":63},\"access\":{\"type\":\"string\",\"enum\":[\"read\",\"write\"]}}},\"statement\":{\"type\":\"object\",\"required\":[\"kind\",\"relations\",\"functions\",\"predicate\",\"details\",\"estimated_rows\",\"estimate_basis\",\"relation_rows\"],\"additionalProperties\":false,\"properties\":{\"kind\":{\"type\":\"string\",\"maxLength\":40},\"relations\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/relation\"}},\"functions\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":200}},\"predicate\":{\"type\":\"string\",\"enum\":[\"bounded\",\"constant\",\"missing\",\"not_applicable\"]},\"details\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":80}},\"estimated_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"estimate_basis\":{\"type\":\"string\",\"enum\":[\"explain\",\"counted\",\"never_analysed\",\"unexplainable\",\"not_applicable\"]},\"relation_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991}}}}}",
	"attestation_sox":       "{\"type\":\"object\",\"required\":[\"_type\",\"subject\",\"predicateType\",\"predicate\"],\"additionalProperties\":false,\"properties\":{\"_type\":{\"const\":\"https://in-toto.io/Statement/v1\"},\"subject\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"digest\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"const\":\"SHA256SUMS\"},\"digest\":{\"type\":\"object\",\"required\":[\"sha256\"],\"additionalProperties\":false,\"properties\":{\"sha256\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}}}}},\"minItems\":1,\"maxItems\":1},\"predicateType\":{\"const\":\"https://clyra.dev/spec/attestation/sox/v0\"},\"predicate\":{\"type\":\"object\",\"required\":[\"framework\",\"mode\",\"bundle_id\",\"change_id\",\"attempt\",\"outcome\",\"controls\",\"not_judged\",\"attested_at\"],\"additionalProperties\":false,\"properties\":{\"framework\":{\"const\":\"sox\"},\"mode\":{\"const\":\"instance\"},\"bundle_id\":{\"$ref\":\"#/$defs/digest\"},\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"observed\",\"denied\",\"rejected\",\"expired\",\"cancelled\",\"failed\",\"ambiguous\"]},\"controls\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/control\"},\"minItems\":1},\"not_judged\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":200},\"minItems\":1},\"attested_at\":{\"$ref\":\"#/$defs/time\"}}}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"control\":{\"type\":\"object\",\"required\":[\"control\",\"title\",\"status\",\"why\",\"receipts\",\"references\"],\"additionalProperties\":false,\"properties\":{\"control\":{\"$ref\":\"#/$defs/name\"},\"title\":{\"type\":\"string\",\"maxLength\":200},\"status\":{\"type\":\"string\",\"enum\":[\"satisfied\",\"not_satisfied\",\"not_applicable\",\"insufficient\"]},\"why\":{\"type\":\"string\",\"maxLength\":500},\"receipts\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"references\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":100}}}},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"data_receipt":          "{\"type\":\"object\",\"required\":[\"stream\",\"seq\",\"prev\",\"kind\",\"at\",\"actor\",\"body\"],\"additionalProperties\":false,\"properties\":{\"stream\":{\"type\":\"string\",\"maxLength\":200,\"pattern\":\"^(change|gateway|ledger)/[A-Za-z0-9_.-]+$\"},\"seq\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"prev\":{\"$ref\":\"#/$defs/digest\"},\"kind\":{\"type\":\"string\",\"maxLength\":60,\"pattern\":\"^[a-z_]+$\"},\"at\":{\"$ref\":\"#/$defs/time\"},\"actor\":{\"$ref\":\"#/$defs/actor\"},\"body\":{\"type\":\"object\"}},\"$defs\":{\"actor\":{\"type\":\"object\",\"required\":[\"actor\",\"person\"],\"additionalProperties\":false,\"properties\":{\"actor\":{\"$ref\":\"#/$defs/name\"},\"person\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"def_manifest":          "{\"type\":\"object\",\"required\":[\"format\",\"spec\",\"tenant\",\"change_id\",\"attempt\",\"outcome\",\"origin\",\"range\",\"prev_root\",\"root\",\"counts\",\"governance\",\"blobs\",\"schemas\",\"simulated\",\"producer\",\"sealed_at\"],\"additionalProperties\":false,\"properties\":{\"format\":{\"const\":\"def\"},\"spec\":{\"const\":0},\"tenant\":{\"$ref\":\"#/$defs/name\"},\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"outcome\":{\"type\":\"string\",\"enum\":[\"enforced\",\"observed\",\"denied\",\"rejected\",\"expired\",\"cancelled\",\"failed\",\"ambiguous\"]},\"origin\":{\"type\":\"string\",\"maxLength\":300},\"range\":{\"type\":\"object\",\"required\":[\"start\",\"end\"],\"additionalProperties\":false,\"properties\":{\"start\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"end\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991}}},\"prev_root\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"root\":{\"$ref\":\"#/$defs/digest\"},\"counts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"kind\",\"count\"],\"additionalProperties\":false,\"properties\":{\"kind\":{\"type\":\"string\",\"maxLength\":60},\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991}}}},\"governance\":{\"$ref\":\"#/$defs/governance\"},\"blobs\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"digest\",\"size\",\"media_type\",\"role\"],\"additionalProperties\":false,\"properties\":{\"digest\":{\"$ref\":\"#/$defs/digest\"},\"size\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"media_type\":{\"type\":\"string\",\"maxLength\":100},\"role\":{\"type\":\"string\",\"enum\":[\"policy\",\"decision\",\"certificate\",\"snapshot\",\"effect\"]}}}},\"schemas\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"digest\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":100},\"digest\":{\"$ref\":\"#/$defs/digest\"}}}},\"simulated\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":100}},\"producer\":{\"type\":\"object\",\"required\":[\"name\",\"version\",\"workflow_bundle\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"const\":\"clyra\"},\"version\":{\"type\":\"string\",\"maxLength\":60},\"workflow_bundle\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}},\"sealed_at\":{\"$ref\":\"#/$defs/time\"}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"governance\":{\"type\":\"object\",\"required\":[\"reliability\",\"transparency\",\"accuracy\",\"oversight\"],\"additionalProperties\":false,\"properties\":{\"reliability\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"transparency\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"accuracy\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"oversight\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}}}},\"name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$\",\"maxLength\":200},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"def_statement":         "{\"type\":\"object\",\"required\":[\"_type\",\"subject\",\"predicateType\",\"predicate\"],\"additionalProperties\":false,\"properties\":{\"_type\":{\"const\":\"https://in-toto.io/Statement/v1\"},\"subject\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"digest\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"const\":\"SHA256SUMS\"},\"digest\":{\"type\":\"object\",\"required\":[\"sha256\"],\"additionalProperties\":false,\"properties\":{\"sha256\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}}}}},\"minItems\":1,\"maxItems\":1},\"predicateType\":{\"const\":\"https://clyra.dev/spec/def/v0\"},\"predicate\":{\"type\":\"object\",\"required\":[\"bundle_id\",\"origin\",\"start\",\"end\",\"prev_root\",\"root\",\"manifest_digest\"],\"additionalProperties\":false,\"properties\":{\"bundle_id\":{\"$ref\":\"#/$defs/digest\"},\"origin\":{\"type\":\"string\",\"maxLength\":300},\"start\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"end\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"prev_root\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"root\":{\"$ref\":\"#/$defs/digest\"},\"manifest_digest\":{\"$ref\":\"#/$defs/digest\"}}}},\"$defs\":{\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"effect":                "{\"type\":\"object\",\"required\":[\"change_id\",\"attempt\",\"payload_digest\",\"affected_rows\",\"rows_by_statement\",\"before\",\"after\",\"anchors\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"attempt\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991},\"payload_digest\":{\"$ref\":\"#/$defs/digest\"},\"affected_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"rows_by_statement\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}},\"before\":{\"$ref\":\"#/$defs/snapshot_ref\"},\"after\":{\"$ref\":\"#/$defs/snapshot_ref\"},\"anchors\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/anchor\"},\"minItems\":2,\"maxItems\":2}},\"$defs\":{\"anchor\":{\"type\":\"object\",\"required\":[\"position\",\"platform\",\"system_identifier\",\"database\",\"timeline\",\"lsn\",\"xid\",\"snapshot\",\"role\",\"strength\",\"server_version\",\"simulated\"],\"additionalProperties\":false,\"properties\":{\"position\":{\"type\":\"string\",\"enum\":[\"before\",\"after\"]},\"platform\":{\"type\":\"string\",\"maxLength\":40},\"system_identifier\":{\"type\":\"string\",\"maxLength\":40},\"database\":{\"type\":\"string\",\"maxLength\":63},\"timeline\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"lsn\":{\"type\":\"string\",\"maxLength\":40},\"xid\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"snapshot\":{\"type\":\"string\",\"maxLength\":10000},\"role\":{\"type\":\"string\",\"enum\":[\"primary\",\"standby\"]},\"strength\":{\"type\":\"string\",\"enum\":[\"exact\",\"transaction\",\"bounded\"]},\"server_version\":{\"type\":\"string\",\"maxLength\":40},\"simulated\":{\"type\":\"boolean\"}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"snapshot_ref\":{\"type\":\"object\",\"required\":[\"digest\",\"relations\"],\"additionalProperties\":false,\"properties\":{\"digest\":{\"$ref\":\"#/$defs/digest\"},\"relations\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}}}}}",
	"report":                "{\"type\":\"object\",\"required\":[\"spec\",\"verdict\",\"bundle_id\",\"change_id\",\"attempt\",\"outcome\",\"range\",\"claims\",\"limits\"],\"additionalProperties\":false,\"properties\":{\"spec\":{\"const\":0},\"verdict\":{\"type\":\"string\",\"enum\":[\"valid\",\"invalid\",\"cannot_judge\"]},\"bundle_id\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"change_id\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"attempt\":{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":9007199254740991},\"outcome\":{\"type\":[\"string\",\"null\"],\"maxLength\":20},\"range\":{\"type\":[\"object\",\"null\"],\"required\":[\"start\",\"end\"],\"additionalProperties\":false,\"properties\":{\"start\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"end\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991}}},\"claims\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/claim\"}},\"limits\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":300}}},\"$defs\":{\"claim\":{\"type\":\"object\",\"required\":[\"claim\",\"status\",\"code\",\"detail\"],\"additionalProperties\":false,\"properties\":{\"claim\":{\"type\":\"string\",\"maxLength\":60},\"status\":{\"type\":\"string\",\"enum\":[\"PASS\",\"FAIL\",\"NOT_CHECKED\"]},\"code\":{\"type\":[\"string\",\"null\"],\"maxLength\":60},\"detail\":{\"type\":[\"string\",\"null\"],\"maxLength\":300}}}}}",
	"schema_snapshot":       "{\"type\":\"object\",\"required\":[\"platform\",\"relations\"],\"additionalProperties\":false,\"properties\":{\"platform\":{\"type\":\"string\",\"maxLength\":40},\"relations\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/relation\"}}},\"$defs\":{\"column\":{\"type\":\"object\",\"required\":[\"ordinal\",\"name\",\"type\",\"nullable\",\"default_hash\",\"collation\"],\"additionalProperties\":false,\"properties\":{\"ordinal\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1700},\"name\":{\"type\":\"string\",\"maxLength\":63},\"type\":{\"type\":\"string\",\"maxLength\":300},\"nullable\":{\"type\":\"boolean\"},\"default_hash\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"collation\":{\"type\":[\"string\",\"null\"],\"maxLength\":200}}},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"part\":{\"type\":\"object\",\"required\":[\"name\",\"kind\",\"definition_hash\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":63},\"kind\":{\"type\":\"string\",\"maxLength\":40},\"definition_hash\":{\"$ref\":\"#/$defs/digest\"}}},\"relation\":{\"type\":\"object\",\"required\":[\"schema\",\"name\",\"kind\",\"owner\",\"columns\",\"parts\",\"definition_hash\",\"grants_hash\",\"row_security\"],\"additionalProperties\":false,\"properties\":{\"schema\":{\"type\":\"string\",\"maxLength\":63},\"name\":{\"type\":\"string\",\"maxLength\":63},\"kind\":{\"type\":\"string\",\"maxLength\":40},\"owner\":{\"type\":\"string\",\"maxLength\":63},\"columns\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/column\"}},\"parts\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/part\"}},\"definition_hash\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^sha256:[0-9a-f]{64}$\"},\"grants_hash\":{\"$ref\":\"#/$defs/digest\"},\"row_security\":{\"type\":\"boolean\"}}}}}",
	"semantic_delta":        "{\"type\":\"object\",\"required\":[\"change_id\",\"predecessor\",\"before\",\"after\",\"affected_rows\",\"changes\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"before\":{\"$ref\":\"#/$defs/digest\"},\"after\":{\"$ref\":\"#/$defs/digest\"},\"affected_rows\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9007199254740991},\"changes\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/difference\"}}},\"$defs\":{\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"difference\":{\"type\":\"object\",\"required\":[\"relation\",\"path\",\"change\",\"before\",\"after\"],\"additionalProperties\":false,\"properties\":{\"relation\":{\"type\":\"string\",\"maxLength\":130},\"path\":{\"type\":\"string\",\"maxLength\":300},\"change\":{\"type\":\"string\",\"enum\":[\"added\",\"removed\",\"altered\"]},\"before\":{\"type\":[\"string\",\"null\"],\"maxLength\":400},\"after\":{\"type\":[\"string\",\"null\"],\"maxLength\":400}}},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
	"sigstore_bundle":       "{\"type\":\"object\",\"required\":[\"mediaType\",\"verificationMaterial\",\"dsseEnvelope\"],\"additionalProperties\":false,\"properties\":{\"mediaType\":{\"const\":\"application/vnd.dev.sigstore.bundle.v0.3+json\"},\"verificationMaterial\":{\"type\":\"object\",\"required\":[\"publicKey\"],\"additionalProperties\":false,\"properties\":{\"publicKey\":{\"type\":\"object\",\"required\":[\"hint\"],\"additionalProperties\":false,\"properties\":{\"hint\":{\"$ref\":\"#/$defs/base64\"}}}}},\"dsseEnvelope\":{\"type\":\"object\",\"required\":[\"payload\",\"payloadType\",\"signatures\"],\"additionalProperties\":false,\"properties\":{\"payload\":{\"$ref\":\"#/$defs/base64\"},\"payloadType\":{\"const\":\"application/vnd.in-toto+json\"},\"signatures\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"sig\"],\"additionalProperties\":false,\"properties\":{\"sig\":{\"$ref\":\"#/$defs/base64\"}}},\"minItems\":1,\"maxItems\":1}}}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"}}}",
	"trust_approvers":       "{\"type\":\"object\",\"required\":[\"spec\",\"approvers\",\"subjects\"],\"additionalProperties\":false,\"properties\":{\"spec\":{\"const\":0},\"approvers\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/approver\"}},\"subjects\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/subject\"}}},\"$defs\":{\"approver\":{\"type\":\"object\",\"required\":[\"person\",\"key_id\",\"alg\",\"spki\",\"enrolled_at\",\"revoked_at\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"key_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"alg\":{\"const\":\"ES256\"},\"spki\":{\"$ref\":\"#/$defs/base64\"},\"enrolled_at\":{\"$ref\":\"#/$defs/time\"},\"revoked_at\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\"webauthn\":{\"type\":\"object\",\"required\":[\"rp_id\",\"origin\",\"credential_id\"],\"additionalProperties\":false,\"properties\":{\"rp_id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":253,\"pattern\":\"^[a-z0-9.-]+$\"},\"origin\":{\"type\":\"string\",\"maxLength\":300,\"pattern\":\"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$\"},\"credential_id\":{\"type\":\"string\",\"maxLength\":1400,\"pattern\":\"^[A-Za-z0-9_-]+$\"}}}}},\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"},\"subject\":{\"type\":\"object\",\"required\":[\"person\",\"subject_id\",\"iss\",\"sub\",\"linked_at\",\"unlinked_at\"],\"additionalProperties\":false,\"properties\":{\"person\":{\"type\":\"string\",\"maxLength\":200,\"minLength\":1},\"subject_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"iss\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300,\"pattern\":\"^https?://[!-~]+$\"},\"sub\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},\"linked_at\":{\"$ref\":\"#/$defs/time\"},\"unlinked_at\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"trust_idp":             "{\"type\":\"object\",\"required\":[\"spec\",\"providers\"],\"additionalProperties\":false,\"properties\":{\"spec\":{\"const\":0},\"providers\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/provider\"}}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"},\"key\":{\"type\":\"object\",\"required\":[\"kid\",\"alg\",\"spki\",\"seen_at\"],\"additionalProperties\":false,\"properties\":{\"kid\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},\"alg\":{\"type\":\"string\",\"enum\":[\"RS256\",\"ES256\"]},\"spki\":{\"$ref\":\"#/$defs/base64\"},\"seen_at\":{\"$ref\":\"#/$defs/time\"}}},\"provider\":{\"type\":\"object\",\"required\":[\"iss\",\"client_id\",\"tenant_claim\",\"acr_values\",\"max_age_seconds\",\"keys\"],\"additionalProperties\":false,\"properties\":{\"iss\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":300,\"pattern\":\"^https?://[!-~]+$\"},\"client_id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},\"tenant_claim\":{\"type\":[\"object\",\"null\"],\"required\":[\"name\",\"value\"],\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"enum\":[\"tid\",\"hd\",\"org_id\"]},\"value\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200}}},\"acr_values\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},\"maxItems\":20},\"max_age_seconds\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600},\"keys\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/key\"}}}},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"trust_keys":            "{\"type\":\"object\",\"required\":[\"spec\",\"keys\"],\"additionalProperties\":false,\"properties\":{\"spec\":{\"const\":0},\"keys\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/key\"}}},\"$defs\":{\"base64\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9+/]*={0,2}$\"},\"key\":{\"type\":\"object\",\"required\":[\"key_id\",\"alg\",\"spki\",\"purposes\",\"not_before\",\"not_after\",\"revoked_at\"],\"additionalProperties\":false,\"properties\":{\"key_id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"alg\":{\"type\":\"string\",\"enum\":[\"ES256\",\"Ed25519\"]},\"spki\":{\"$ref\":\"#/$defs/base64\"},\"purposes\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"bundle\",\"attest\",\"approval\"]},\"minItems\":1},\"not_before\":{\"$ref\":\"#/$defs/time\"},\"not_after\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"},\"revoked_at\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}},\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\\\.[0-9]{3}Z$\"}}}",
	"warehouse_anchor":      "{\"type\":\"object\",\"required\":[\"change_id\",\"predecessor\",\"anchor\"],\"additionalProperties\":false,\"properties\":{\"change_id\":{\"$ref\":\"#/$defs/change_id\"},\"predecessor\":{\"$ref\":\"#/$defs/digest\"},\"anchor\":{\"$ref\":\"#/$defs/anchor\"}},\"$defs\":{\"anchor\":{\"type\":\"object\",\"required\":[\"position\",\"platform\",\"system_identifier\",\"database\",\"timeline\",\"lsn\",\"xid\",\"snapshot\",\"role\",\"strength\",\"server_version\",\"simulated\"],\"additionalProperties\":false,\"properties\":{\"position\":{\"type\":\"string\",\"enum\":[\"before\",\"after\"]},\"platform\":{\"type\":\"string\",\"maxLength\":40},\"system_identifier\":{\"type\":\"string\",\"maxLength\":40},\"database\":{\"type\":\"string\",\"maxLength\":63},\"timeline\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},\"lsn\":{\"type\":\"string\",\"maxLength\":40},\"xid\":{\"type\":[\"string\",\"null\"],\"maxLength\":40},\"snapshot\":{\"type\":\"string\",\"maxLength\":10000},\"role\":{\"type\":\"string\",\"enum\":[\"primary\",\"standby\"]},\"strength\":{\"type\":\"string\",\"enum\":[\"exact\",\"transaction\",\"bounded\"]},\"server_version\":{\"type\":\"string\",\"maxLength\":40},\"simulated\":{\"type\":\"boolean\"}}},\"change_id\":{\"type\":\"string\",\"pattern\":\"^chg_[a-z2-7]{26}$\"},\"digest\":{\"type\":\"string\",\"pattern\":\"^sha256:[0-9a-f]{64}$\"}}}",
}

// SHA-256 of the schema files.
var schemaDigests = map[string]string{
	"approval_certificate":  "sha256:2b3c3afd8cab68c710c8602a76652d77a69c46e6559eeff23fd01c8f0d13c5f5",
	"approver_enrolled":     "sha256:136cc120ba0578ba9a883d186ce3935883248d32601e7808cf521acc589126ac",
	"approver_invited":      "sha256:ad32c5cef190bdc4c2c5aa2a4bc9708aae131f0e34473e5d140a014f206fde7e",
	"approver_revoked":      "sha256:d8053cc375c81bf2d0ea3200377df9b0b9b6d26804aeeaab68088ab3fd2d6412",
	"attempt":               "sha256:889604a326fc9b650437417b28a6c517908d8c274eb8a8b9863c11967c328166",
	"attestation":           "sha256:8c0b0db75da14a356c8e810a688f9d60887ddfca9d19d91c3cf0bba7dd46cc17",
	"bundle_sealed":         "sha256:6bc1306e81be36dacbb35f755aab571e54a15e35d2378f7ab02577f2fbb09e61",
	"cancellation":          "sha256:559318998c0638f2655fc02e9d95ecf8b1dd2f0b63f0e35eee50b09c6907dfb0",
	"certificate_statement": "sha256:53def24e410a2a92c87445cdc4ba8f2201677c6cf821382d2adb5a24ba30063c",
	"change":                "sha256:9f760b21fbc9a3dc8a7b73204e1b1b985a6332c323e407e0663ea89aa28056cc",
	"decision":              "sha256:01bde43ae93aa3095e55a241add154013db0c542c0cbba4517f902a54849c7e7",
	"decision_overflow":     "sha256:f7ccab3ea004e307eb4f5e1568681d83f458fac8b35f872bb71567cca7f7ee37",
	"decision_statement":    "sha256:61ef3f677592c28114b80ef5691522df9a01072906bddc5ed1bfc5059718df66",
	"door_refusal":          "sha256:e2f93c912bdb24d67e516fa74ec17a25a63107172086f18f65e77cda3e2e0cfb",
	"dsse_envelope":         "sha256:8130e94a332c111d8339b2d01272a22bfb68b4dadeb4881edb6ad8e471447cc1",
	"facts":                 "sha256:80570e111ff619a27a4eaa41af023b4942375811b7343883d4c5d03077dd06fc",
	"freeze":                "sha256:c7e429afc4afed538431df55f6bf654ac3b7bbc2f754b35f8bb181bdd5a64967",
	"grant":                 "sha256:f3152b5660ee0ad2693305f5984d3985fdd52f3fe2539b67887db00ad751cdf8",
	"id_tokens_disclosed":   "sha256:d0342cca8f7738d8fd4c22909a66b07ffdc69b7fd27b44cc305e2dbd54161434",
	"idp_key":               "sha256:d3cd9e762f27333b4fe1ca25fa6aebd9100e816c965200896129a850313272de",
	"late_decision":         "sha256:c6f2e3ea19312cc82f303e9b919bcb773792847ef78abc2043ea16f647173b2f",
	"outcome":               "sha256:e75f4ab55b54332aa0108bef73edf565b7937e5928f1669083da237cbd90dab4",
	"payload":               "sha256:cb6dcb54a39c4936ed945088168ec3276212551dbe6d88e324c1009c1de007de",
	"recorded":              "sha256:5aa78c1283720d94b5dfbf521bcae939ee9bf94b9a6daca451ee1b385a29d13d",
	"requester":             "sha256:5656a966e070eb30716add8481d4152760e518bcc4572001ae6e10e4080def2d",
	"resolution":            "sha256:ebac9f11793e2a19258ecf584664ee85d381fb8ca0e3879475345b851a7e5156",
	"slack_linked":          "sha256:25860fb9890a1516b4cb45575adb1802345482889be5812d732041caa6ac7ce8",
	"slack_unlinked":        "sha256:45dc3b4e1fcdebccaecd37141dd947dbf9043f25587468292014d00e63422836",
	"snapshot":              "sha256:d4e0792e35c76cccd3d3d1e5262979fb534c292bdd72e168b03564158f9fb1b5",
	"subject_linked":        "sha256:3d67fe713d7ac8094aff07377dabf68b12a366309b6f4e67d73c6ee8e4bc5857",
	"subject_unlinked":      "sha256:869a02afd6e53665d190b3f0ddf01c8aa2df94fbfaf7f9e3e44847c97d4dbd02",
	"target_mode":           "sha256:44a3827dc354c159023a8d58f9ceea48735e3de7d9335eb93b0fa9707d7f06d7",
	"ticket":                "sha256:9f23144292713a82c6b99e2d4f72152c162303a903b1ddb39644ba7f2e303df0",
	"verdict":               "sha256:867a91758fd059e92207fcfd2c5997faeeb01325d4123895560d7e49f96fd0b5",
	"attestation_sox":       "sha256:2d9a591d944362f01ac14e809d71124f28df6cc96db12e02a5853c837185cf60",
	"data_receipt":          "sha256:5ad7bf3397d856dab0d8a37d29acc0014507430dc18069e5eb18116609117dfa",
	"def_manifest":          "sha256:2eafe557f4ad533263f9d5acdc908d4206bae117f609a26f31b998b83a3526a5",
	"def_statement":         "sha256:4bc77349ba3a14a6adc48902f24c0bd41f951f82496c515b51327be11ce3ec6a",
	"effect":                "sha256:815f2bc3996b1a4793fa79cdcc7d3829e3ca85ad318e7eff564c96d32472eae3",
	"report":                "sha256:a1531741275179da980c1d5ac06c80203097ba07d46e9f7a19a9da23bd8635d8",
	"schema_snapshot":       "sha256:dffeb2ee20cbca611b158d7bdbd2c7ae29e9c75a6a21340e1e3a3aa484a5a821",
	"semantic_delta":        "sha256:e33603dcc8339530ab7ebe949057bc5af4d2f39a3d94ce99c2fdfb525790bd78",
	"sigstore_bundle":       "sha256:54e8b61b3577914fa21f044802bcb69406bf598101d10a219252d34f9e044f32",
	"trust_approvers":       "sha256:2fb5c0240b43afe65e6da06d791f6017f0461ef20488cf7d398212dd1fa42493",
	"trust_idp":             "sha256:c69a967e85aae113f930c746ce5852e8456b5e04a6a75e3976607ebeb8bcc63a",
	"trust_keys":            "sha256:456411d6f2c8c01d504756e0a57b0dc91168520d850401bbb70628a535b66303",
	"warehouse_anchor":      "sha256:5be7fff8fcb0341edc96fea0e1d80d08251ac07416fbab6a28ca82575835ad11",
}

type ApprovalCertificateDecisions struct {
	EnvelopeDigest string  `json:"envelope_digest"`
	Grade          string  `json:"grade"`
	KeyId          *string `json:"key_id"`
	Person         string  `json:"person"`
	SubjectId      *string `json:"subject_id"`
}

type ApprovalCertificate struct {
	ApprovedAt     string                         `json:"approved_at"`
	Attempt        int64                          `json:"attempt"`
	Aud            string                         `json:"aud"`
	CertId         string                         `json:"cert_id"`
	ChangeId       string                         `json:"change_id"`
	Decisions      []ApprovalCertificateDecisions `json:"decisions"`
	DisplayHash    string                         `json:"display_hash"`
	EnvelopeDigest string                         `json:"envelope_digest"`
	ExpiresAt      string                         `json:"expires_at"`
	Grade          string                         `json:"grade"`
	MaxUses        int64                          `json:"max_uses"`
	Nonce          string                         `json:"nonce"`
	PayloadDigest  string                         `json:"payload_digest"`
	PolicyDigest   string                         `json:"policy_digest"`
	Predecessor    string                         `json:"predecessor"`
	Quorum         int64                          `json:"quorum"`
	Requesters     []string                       `json:"requesters"`
	RunId          string                         `json:"run_id"`
	Target         string                         `json:"target"`
}

type ApproverEnrolledWebauthn struct {
	CredentialId string `json:"credential_id"`
	Origin       string `json:"origin"`
	RpId         string `json:"rp_id"`
}

type ApproverEnrolled struct {
	Alg      string                    `json:"alg"`
	KeyId    string                    `json:"key_id"`
	Person   string                    `json:"person"`
	Spki     string                    `json:"spki"`
	Webauthn *ApproverEnrolledWebauthn `json:"webauthn"`
}

type ApproverInvited struct {
	ExpiresAt string `json:"expires_at"`
	InviteId  string `json:"invite_id"`
	Person    string `json:"person"`
}

type ApproverRevoked struct {
	KeyId  string `json:"key_id"`
	Person string `json:"person"`
	Reason string `json:"reason"`
}

type AttemptWindow struct {
	Anchor    AttemptAnchor      `json:"anchor"`
	Before    AttemptSnapshotRef `json:"before"`
	ExpiresAt string             `json:"expires_at"`
}

type Attempt struct {
	Attempt       int64          `json:"attempt"`
	ChangeId      string         `json:"change_id"`
	Executor      string         `json:"executor"`
	PayloadDigest string         `json:"payload_digest"`
	Predecessor   string         `json:"predecessor"`
	RowLimit      int64          `json:"row_limit"`
	Window        *AttemptWindow `json:"window"`
}

type AttemptAnchor struct {
	Database         string  `json:"database"`
	Lsn              string  `json:"lsn"`
	Platform         string  `json:"platform"`
	Position         string  `json:"position"`
	Role             string  `json:"role"`
	ServerVersion    string  `json:"server_version"`
	Simulated        bool    `json:"simulated"`
	Snapshot         string  `json:"snapshot"`
	Strength         string  `json:"strength"`
	SystemIdentifier string  `json:"system_identifier"`
	Timeline         int64   `json:"timeline"`
	Xid              *string `json:"xid"`
}

type AttemptSnapshotRef struct {
	Digest    string `json:"digest"`
	Relations int64  `json:"relations"`
}

type Attestation struct {
	Attempt         int64  `json:"attempt"`
	BundleId        string `json:"bundle_id"`
	ChangeId        string `json:"change_id"`
	Framework       string `json:"framework"`
	KeyId           string `json:"key_id"`
	StatementDigest string `json:"statement_digest"`
}

type BundleSealed struct {
	Attempt  int64  `json:"attempt"`
	BundleId string `json:"bundle_id"`
	ChangeId string `json:"change_id"`
	End      int64  `json:"end"`
	Outcome  string `json:"outcome"`
	Root     string `json:"root"`
	Start    int64  `json:"start"`
}

type Cancellation struct {
	Attempt  int64  `json:"attempt"`
	ChangeId string `json:"change_id"`
	Reason   string `json:"reason"`
}

type CertificateStatementPredicate struct {
	Aud           string `json:"aud"`
	ExpiresAt     string `json:"expires_at"`
	Grade         string `json:"grade"`
	PayloadDigest string `json:"payload_digest"`
}

type CertificateStatementSubjectDigest struct {
	Sha256 string `json:"sha256"`
}

type CertificateStatementSubject struct {
	Digest CertificateStatementSubjectDigest `json:"digest"`
	Name   string                            `json:"name"`
}

type CertificateStatement struct {
	Type          string                        `json:"_type"`
	Predicate     CertificateStatementPredicate `json:"predicate"`
	PredicateType string                        `json:"predicateType"`
	Subject       []CertificateStatementSubject `json:"subject"`
}

type ChangeLate struct {
	ClaimedAt string `json:"claimed_at"`
	Lost      int64  `json:"lost"`
}

type Change struct {
	Attempt       int64       `json:"attempt"`
	ChangeId      string      `json:"change_id"`
	ClaimedPerson *string     `json:"claimed_person"`
	Executor      string      `json:"executor"`
	Kind          string      `json:"kind"`
	Late          *ChangeLate `json:"late"`
	Mode          string      `json:"mode"`
	PayloadDigest string      `json:"payload_digest"`
	Reason        string      `json:"reason"`
	Requester     ChangeActor `json:"requester"`
	Revision      int64       `json:"revision"`
	Role          string      `json:"role"`
	SiteKeyDigest string      `json:"site_key_digest"`
	Source        string      `json:"source"`
	Statements    int64       `json:"statements"`
	Target        string      `json:"target"`
	Tenant        string      `json:"tenant"`
}

type ChangeActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type DecisionSignOn struct {
	Acr           *string  `json:"acr"`
	Amr           []string `json:"amr"`
	AuthTime      string   `json:"auth_time"`
	IdTokenDigest string   `json:"id_token_digest"`
}

type Decision struct {
	Attempt        int64           `json:"attempt"`
	ChangeId       string          `json:"change_id"`
	Code           *string         `json:"code"`
	Decision       *string         `json:"decision"`
	DecisionId     *string         `json:"decision_id"`
	DeliveredBy    DecisionActor   `json:"delivered_by"`
	EnvelopeDigest string          `json:"envelope_digest"`
	Grade          *string         `json:"grade"`
	KeyId          *string         `json:"key_id"`
	Person         *string         `json:"person"`
	Predecessor    string          `json:"predecessor"`
	SignOn         *DecisionSignOn `json:"sign_on"`
	Status         string          `json:"status"`
	SubjectId      *string         `json:"subject_id"`
}

type DecisionActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type DecisionOverflow struct {
	Attempt     int64                 `json:"attempt"`
	ChangeId    string                `json:"change_id"`
	DeliveredBy DecisionOverflowActor `json:"delivered_by"`
	Limit       int64                 `json:"limit"`
}

type DecisionOverflowActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type DecisionStatementPredicate struct {
	ChangeId      string  `json:"change_id"`
	Decision      string  `json:"decision"`
	DecisionId    string  `json:"decision_id"`
	DisplayHash   string  `json:"display_hash"`
	MatchCode     *string `json:"match_code"`
	Nonce         string  `json:"nonce"`
	PayloadDigest string  `json:"payload_digest"`
	Person        string  `json:"person"`
	PolicyDigest  string  `json:"policy_digest"`
	Reason        string  `json:"reason"`
	SignedAt      string  `json:"signed_at"`
}

type DecisionStatementSubjectDigest struct {
	Sha256 string `json:"sha256"`
}

type DecisionStatementSubject struct {
	Digest DecisionStatementSubjectDigest `json:"digest"`
	Name   string                         `json:"name"`
}

type DecisionStatement struct {
	Type          string                     `json:"_type"`
	Predicate     DecisionStatementPredicate `json:"predicate"`
	PredicateType string                     `json:"predicateType"`
	Subject       []DecisionStatementSubject `json:"subject"`
}

type DoorRefusal struct {
	ChangeId *string `json:"change_id"`
	Code     string  `json:"code"`
	Door     string  `json:"door"`
	Person   *string `json:"person"`
}

type DsseEnvelopeSignaturesIdToken struct {
	Alg    string `json:"alg"`
	Digest string `json:"digest"`
	Iss    string `json:"iss"`
	Kid    string `json:"kid"`
}

type DsseEnvelopeSignaturesWebauthn struct {
	AuthenticatorData string `json:"authenticator_data"`
	ClientData        string `json:"client_data"`
}

type DsseEnvelopeSignatures struct {
	IdToken  *DsseEnvelopeSignaturesIdToken  `json:"id_token"`
	Sig      string                          `json:"sig"`
	Webauthn *DsseEnvelopeSignaturesWebauthn `json:"webauthn"`
}

type DsseEnvelope struct {
	Payload     string                   `json:"payload"`
	PayloadType string                   `json:"payloadType"`
	Signatures  []DsseEnvelopeSignatures `json:"signatures"`
}

type Facts struct {
	EstimatedRows *int64           `json:"estimated_rows"`
	History       FactsHistory     `json:"history"`
	Parsed        string           `json:"parsed"`
	Platform      string           `json:"platform"`
	Refusals      []FactsRefusal   `json:"refusals"`
	Role          string           `json:"role"`
	ServerVersion *string          `json:"server_version"`
	Simulated     bool             `json:"simulated"`
	Statements    []FactsStatement `json:"statements"`
}

type FactsHistory struct {
	Changes24h          *int64 `json:"changes_24h"`
	FirstWrite          *bool  `json:"first_write"`
	RequesterChanges24h *int64 `json:"requester_changes_24h"`
	Rows24h             *int64 `json:"rows_24h"`
}

type FactsRefusal struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Statement *int64 `json:"statement"`
}

type FactsRelation struct {
	Access string `json:"access"`
	Name   string `json:"name"`
	Schema string `json:"schema"`
}

type FactsStatement struct {
	Details       []string        `json:"details"`
	EstimateBasis string          `json:"estimate_basis"`
	EstimatedRows *int64          `json:"estimated_rows"`
	Functions     []string        `json:"functions"`
	Kind          string          `json:"kind"`
	Predicate     string          `json:"predicate"`
	RelationRows  *int64          `json:"relation_rows"`
	Relations     []FactsRelation `json:"relations"`
}

type Freeze struct {
	Frozen bool    `json:"frozen"`
	Reason string  `json:"reason"`
	Target *string `json:"target"`
}

type Grant struct {
	Attempt       int64      `json:"attempt"`
	Caller        GrantActor `json:"caller"`
	ChangeId      string     `json:"change_id"`
	ExpiresAt     string     `json:"expires_at"`
	GrantId       string     `json:"grant_id"`
	Login         string     `json:"login"`
	PayloadDigest string     `json:"payload_digest"`
	Predecessor   string     `json:"predecessor"`
	Target        string     `json:"target"`
	TokenHash     string     `json:"token_hash"`
}

type GrantActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type IdTokensDisclosed struct {
	ChangeId string   `json:"change_id"`
	Digests  []string `json:"digests"`
}

type IdpKey struct {
	Alg  string `json:"alg"`
	Iss  string `json:"iss"`
	Kid  string `json:"kid"`
	Spki string `json:"spki"`
}

type LateDecision struct {
	ChangeId       string            `json:"change_id"`
	Code           string            `json:"code"`
	DeliveredBy    LateDecisionActor `json:"delivered_by"`
	EnvelopeDigest string            `json:"envelope_digest"`
}

type LateDecisionActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type OutcomeRedemption struct {
	GrantId    string `json:"grant_id"`
	Login      string `json:"login"`
	RedeemedAt string `json:"redeemed_at"`
	Xid        string `json:"xid"`
}

type Outcome struct {
	AffectedRows    *int64             `json:"affected_rows"`
	Attempt         int64              `json:"attempt"`
	ChangeId        string             `json:"change_id"`
	Code            *string            `json:"code"`
	Effect          *string            `json:"effect"`
	Enforcement     *string            `json:"enforcement"`
	Outcome         string             `json:"outcome"`
	PayloadDigest   string             `json:"payload_digest"`
	Predecessor     string             `json:"predecessor"`
	Redemption      *OutcomeRedemption `json:"redemption"`
	RowsByStatement []int64            `json:"rows_by_statement"`
	SettledBy       string             `json:"settled_by"`
	Sqlstate        *string            `json:"sqlstate"`
	Statement       *int64             `json:"statement"`
}

type PayloadLimits struct {
	GrantSeconds       *int64 `json:"grant_seconds"`
	LockTimeoutMs      int64  `json:"lock_timeout_ms"`
	MaxRows            int64  `json:"max_rows"`
	StatementTimeoutMs int64  `json:"statement_timeout_ms"`
}

type Payload struct {
	Executor   string        `json:"executor"`
	Kind       string        `json:"kind"`
	Limits     PayloadLimits `json:"limits"`
	Role       string        `json:"role"`
	Salt       string        `json:"salt"`
	Statements []string      `json:"statements"`
	Target     string        `json:"target"`
}

type Recorded struct {
	Attempt     int64              `json:"attempt"`
	ChangeId    string             `json:"change_id"`
	Governance  RecordedGovernance `json:"governance"`
	Outcome     string             `json:"outcome"`
	Predecessor string             `json:"predecessor"`
	Receipts    int64              `json:"receipts"`
}

type RecordedGovernance struct {
	Accuracy     []int64 `json:"accuracy"`
	Oversight    []int64 `json:"oversight"`
	Reliability  []int64 `json:"reliability"`
	Transparency []int64 `json:"transparency"`
}

type Requester struct {
	ChangeId      string         `json:"change_id"`
	ClaimedPerson *string        `json:"claimed_person"`
	Predecessor   string         `json:"predecessor"`
	Requester     RequesterActor `json:"requester"`
}

type RequesterActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type Resolution struct {
	Attempt     int64   `json:"attempt"`
	ChangeId    string  `json:"change_id"`
	Code        *string `json:"code"`
	Outcome     string  `json:"outcome"`
	Predecessor string  `json:"predecessor"`
	SettledBy   string  `json:"settled_by"`
}

type SlackLinked struct {
	ExpiresAt string `json:"expires_at"`
	Person    string `json:"person"`
	SubjectId string `json:"subject_id"`
	TeamId    string `json:"team_id"`
	UserId    string `json:"user_id"`
}

type SlackUnlinked struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
	TeamId string `json:"team_id"`
	UserId string `json:"user_id"`
}

type Snapshot struct {
	ChangeId    string `json:"change_id"`
	Digest      string `json:"digest"`
	Position    string `json:"position"`
	Predecessor string `json:"predecessor"`
	Relations   int64  `json:"relations"`
}

type SubjectLinked struct {
	Iss       string `json:"iss"`
	Person    string `json:"person"`
	Sub       string `json:"sub"`
	SubjectId string `json:"subject_id"`
}

type SubjectUnlinked struct {
	Person    string `json:"person"`
	Reason    string `json:"reason"`
	SubjectId string `json:"subject_id"`
}

type TargetMode struct {
	Mode     string  `json:"mode"`
	PolicyId *string `json:"policy_id"`
	Reason   string  `json:"reason"`
	Target   string  `json:"target"`
}

type Ticket struct {
	Attempt     int64  `json:"attempt"`
	BundleId    string `json:"bundle_id"`
	ChangeId    string `json:"change_id"`
	Predecessor string `json:"predecessor"`
	Reference   string `json:"reference"`
	Tracker     string `json:"tracker"`
}

type Verdict struct {
	Attempt                 int64           `json:"attempt"`
	AuthenticatorAgeSeconds int64           `json:"authenticator_age_seconds"`
	CertificateTtlSeconds   int64           `json:"certificate_ttl_seconds"`
	ChangeId                string          `json:"change_id"`
	Deadline                *string         `json:"deadline"`
	DisplayHash             string          `json:"display_hash"`
	EligibleApprovers       []string        `json:"eligible_approvers"`
	Facts                   VerdictFacts    `json:"facts"`
	Grade                   string          `json:"grade"`
	Mode                    string          `json:"mode"`
	Nonce                   *string         `json:"nonce"`
	Outcome                 string          `json:"outcome"`
	PayloadDigest           string          `json:"payload_digest"`
	PolicyDigest            string          `json:"policy_digest"`
	PolicyId                string          `json:"policy_id"`
	Predecessor             string          `json:"predecessor"`
	Quorum                  int64           `json:"quorum"`
	Reasons                 []VerdictReason `json:"reasons"`
	RowLimit                int64           `json:"row_limit"`
	RunId                   string          `json:"run_id"`
}

type VerdictFacts struct {
	EstimatedRows *int64             `json:"estimated_rows"`
	History       VerdictHistory     `json:"history"`
	Parsed        string             `json:"parsed"`
	Platform      string             `json:"platform"`
	Refusals      []VerdictRefusal   `json:"refusals"`
	Role          string             `json:"role"`
	ServerVersion *string            `json:"server_version"`
	Simulated     bool               `json:"simulated"`
	Statements    []VerdictStatement `json:"statements"`
}

type VerdictHistory struct {
	Changes24h          *int64 `json:"changes_24h"`
	FirstWrite          *bool  `json:"first_write"`
	RequesterChanges24h *int64 `json:"requester_changes_24h"`
	Rows24h             *int64 `json:"rows_24h"`
}

type VerdictReason struct {
	Outcome string   `json:"outcome"`
	Refs    []string `json:"refs"`
	Rule    string   `json:"rule"`
	Why     string   `json:"why"`
}

type VerdictRefusal struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Statement *int64 `json:"statement"`
}

type VerdictRelation struct {
	Access string `json:"access"`
	Name   string `json:"name"`
	Schema string `json:"schema"`
}

type VerdictStatement struct {
	Details       []string          `json:"details"`
	EstimateBasis string            `json:"estimate_basis"`
	EstimatedRows *int64            `json:"estimated_rows"`
	Functions     []string          `json:"functions"`
	Kind          string            `json:"kind"`
	Predicate     string            `json:"predicate"`
	RelationRows  *int64            `json:"relation_rows"`
	Relations     []VerdictRelation `json:"relations"`
}

type AttestationSoxPredicate struct {
	Attempt    int64                   `json:"attempt"`
	AttestedAt string                  `json:"attested_at"`
	BundleId   string                  `json:"bundle_id"`
	ChangeId   string                  `json:"change_id"`
	Controls   []AttestationSoxControl `json:"controls"`
	Framework  string                  `json:"framework"`
	Mode       string                  `json:"mode"`
	NotJudged  []string                `json:"not_judged"`
	Outcome    string                  `json:"outcome"`
}

type AttestationSoxSubjectDigest struct {
	Sha256 string `json:"sha256"`
}

type AttestationSoxSubject struct {
	Digest AttestationSoxSubjectDigest `json:"digest"`
	Name   string                      `json:"name"`
}

type AttestationSox struct {
	Type          string                  `json:"_type"`
	Predicate     AttestationSoxPredicate `json:"predicate"`
	PredicateType string                  `json:"predicateType"`
	Subject       []AttestationSoxSubject `json:"subject"`
}

type AttestationSoxControl struct {
	Control    string   `json:"control"`
	Receipts   []int64  `json:"receipts"`
	References []string `json:"references"`
	Status     string   `json:"status"`
	Title      string   `json:"title"`
	Why        string   `json:"why"`
}

type DataReceipt struct {
	Actor  DataReceiptActor `json:"actor"`
	At     string           `json:"at"`
	Body   json.RawMessage  `json:"body"`
	Kind   string           `json:"kind"`
	Prev   string           `json:"prev"`
	Seq    int64            `json:"seq"`
	Stream string           `json:"stream"`
}

type DataReceiptActor struct {
	Actor  string  `json:"actor"`
	Person *string `json:"person"`
}

type DefManifestBlobs struct {
	Digest    string `json:"digest"`
	MediaType string `json:"media_type"`
	Role      string `json:"role"`
	Size      int64  `json:"size"`
}

type DefManifestCounts struct {
	Count int64  `json:"count"`
	Kind  string `json:"kind"`
}

type DefManifestProducer struct {
	Name           string  `json:"name"`
	Version        string  `json:"version"`
	WorkflowBundle *string `json:"workflow_bundle"`
}

type DefManifestRange struct {
	End   int64 `json:"end"`
	Start int64 `json:"start"`
}

type DefManifestSchemas struct {
	Digest string `json:"digest"`
	Name   string `json:"name"`
}

type DefManifest struct {
	Attempt    int64                 `json:"attempt"`
	Blobs      []DefManifestBlobs    `json:"blobs"`
	ChangeId   string                `json:"change_id"`
	Counts     []DefManifestCounts   `json:"counts"`
	Format     string                `json:"format"`
	Governance DefManifestGovernance `json:"governance"`
	Origin     string                `json:"origin"`
	Outcome    string                `json:"outcome"`
	PrevRoot   *string               `json:"prev_root"`
	Producer   DefManifestProducer   `json:"producer"`
	Range      DefManifestRange      `json:"range"`
	Root       string                `json:"root"`
	Schemas    []DefManifestSchemas  `json:"schemas"`
	SealedAt   string                `json:"sealed_at"`
	Simulated  []string              `json:"simulated"`
	Spec       int64                 `json:"spec"`
	Tenant     string                `json:"tenant"`
}

type DefManifestGovernance struct {
	Accuracy     []int64 `json:"accuracy"`
	Oversight    []int64 `json:"oversight"`
	Reliability  []int64 `json:"reliability"`
	Transparency []int64 `json:"transparency"`
}

type DefStatementPredicate struct {
	BundleId       string  `json:"bundle_id"`
	End            int64   `json:"end"`
	ManifestDigest string  `json:"manifest_digest"`
	Origin         string  `json:"origin"`
	PrevRoot       *string `json:"prev_root"`
	Root           string  `json:"root"`
	Start          int64   `json:"start"`
}

type DefStatementSubjectDigest struct {
	Sha256 string `json:"sha256"`
}

type DefStatementSubject struct {
	Digest DefStatementSubjectDigest `json:"digest"`
	Name   string                    `json:"name"`
}

type DefStatement struct {
	Type          string                `json:"_type"`
	Predicate     DefStatementPredicate `json:"predicate"`
	PredicateType string                `json:"predicateType"`
	Subject       []DefStatementSubject `json:"subject"`
}

type Effect struct {
	AffectedRows    *int64            `json:"affected_rows"`
	After           EffectSnapshotRef `json:"after"`
	Anchors         []EffectAnchor    `json:"anchors"`
	Attempt         int64             `json:"attempt"`
	Before          EffectSnapshotRef `json:"before"`
	ChangeId        string            `json:"change_id"`
	PayloadDigest   string            `json:"payload_digest"`
	RowsByStatement []int64           `json:"rows_by_statement"`
}

type EffectAnchor struct {
	Database         string  `json:"database"`
	Lsn              string  `json:"lsn"`
	Platform         string  `json:"platform"`
	Position         string  `json:"position"`
	Role             string  `json:"role"`
	ServerVersion    string  `json:"server_version"`
	Simulated        bool    `json:"simulated"`
	Snapshot         string  `json:"snapshot"`
	Strength         string  `json:"strength"`
	SystemIdentifier string  `json:"system_identifier"`
	Timeline         int64   `json:"timeline"`
	Xid              *string `json:"xid"`
}

type EffectSnapshotRef struct {
	Digest    string `json:"digest"`
	Relations int64  `json:"relations"`
}

type ReportRange struct {
	End   int64 `json:"end"`
	Start int64 `json:"start"`
}

type Report struct {
	Attempt  *int64        `json:"attempt"`
	BundleId *string       `json:"bundle_id"`
	ChangeId *string       `json:"change_id"`
	Claims   []ReportClaim `json:"claims"`
	Limits   []string      `json:"limits"`
	Outcome  *string       `json:"outcome"`
	Range    *ReportRange  `json:"range"`
	Spec     int64         `json:"spec"`
	Verdict  string        `json:"verdict"`
}

type ReportClaim struct {
	Claim  string  `json:"claim"`
	Code   *string `json:"code"`
	Detail *string `json:"detail"`
	Status string  `json:"status"`
}

type SchemaSnapshot struct {
	Platform  string                   `json:"platform"`
	Relations []SchemaSnapshotRelation `json:"relations"`
}

type SchemaSnapshotColumn struct {
	Collation   *string `json:"collation"`
	DefaultHash *string `json:"default_hash"`
	Name        string  `json:"name"`
	Nullable    bool    `json:"nullable"`
	Ordinal     int64   `json:"ordinal"`
	Type        string  `json:"type"`
}

type SchemaSnapshotPart struct {
	DefinitionHash string `json:"definition_hash"`
	Kind           string `json:"kind"`
	Name           string `json:"name"`
}

type SchemaSnapshotRelation struct {
	Columns        []SchemaSnapshotColumn `json:"columns"`
	DefinitionHash *string                `json:"definition_hash"`
	GrantsHash     string                 `json:"grants_hash"`
	Kind           string                 `json:"kind"`
	Name           string                 `json:"name"`
	Owner          string                 `json:"owner"`
	Parts          []SchemaSnapshotPart   `json:"parts"`
	RowSecurity    bool                   `json:"row_security"`
	Schema         string                 `json:"schema"`
}

type SemanticDelta struct {
	AffectedRows *int64                    `json:"affected_rows"`
	After        string                    `json:"after"`
	Before       string                    `json:"before"`
	ChangeId     string                    `json:"change_id"`
	Changes      []SemanticDeltaDifference `json:"changes"`
	Predecessor  string                    `json:"predecessor"`
}

type SemanticDeltaDifference struct {
	After    *string `json:"after"`
	Before   *string `json:"before"`
	Change   string  `json:"change"`
	Path     string  `json:"path"`
	Relation string  `json:"relation"`
}

type SigstoreBundleDsseEnvelopeSignatures struct {
	Sig string `json:"sig"`
}

type SigstoreBundleDsseEnvelope struct {
	Payload     string                                 `json:"payload"`
	PayloadType string                                 `json:"payloadType"`
	Signatures  []SigstoreBundleDsseEnvelopeSignatures `json:"signatures"`
}

type SigstoreBundleVerificationMaterialPublicKey struct {
	Hint string `json:"hint"`
}

type SigstoreBundleVerificationMaterial struct {
	PublicKey SigstoreBundleVerificationMaterialPublicKey `json:"publicKey"`
}

type SigstoreBundle struct {
	DsseEnvelope         SigstoreBundleDsseEnvelope         `json:"dsseEnvelope"`
	MediaType            string                             `json:"mediaType"`
	VerificationMaterial SigstoreBundleVerificationMaterial `json:"verificationMaterial"`
}

type TrustApprovers struct {
	Approvers []TrustApproversApprover `json:"approvers"`
	Spec      int64                    `json:"spec"`
	Subjects  []TrustApproversSubject  `json:"subjects"`
}

type TrustApproversApproverWebauthn struct {
	CredentialId string `json:"credential_id"`
	Origin       string `json:"origin"`
	RpId         string `json:"rp_id"`
}

type TrustApproversApprover struct {
	Alg        string                          `json:"alg"`
	EnrolledAt string                          `json:"enrolled_at"`
	KeyId      string                          `json:"key_id"`
	Person     string                          `json:"person"`
	RevokedAt  *string                         `json:"revoked_at"`
	Spki       string                          `json:"spki"`
	Webauthn   *TrustApproversApproverWebauthn `json:"webauthn"`
}

type TrustApproversSubject struct {
	Iss        string  `json:"iss"`
	LinkedAt   string  `json:"linked_at"`
	Person     string  `json:"person"`
	Sub        string  `json:"sub"`
	SubjectId  string  `json:"subject_id"`
	UnlinkedAt *string `json:"unlinked_at"`
}

type TrustIdp struct {
	Providers []TrustIdpProvider `json:"providers"`
	Spec      int64              `json:"spec"`
}

type TrustIdpKey struct {
	Alg    string `json:"alg"`
	Kid    string `json:"kid"`
	SeenAt string `json:"seen_at"`
	Spki   string `json:"spki"`
}

type TrustIdpProviderTenantClaim struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type TrustIdpProvider struct {
	AcrValues     []string                     `json:"acr_values"`
	ClientId      string                       `json:"client_id"`
	Iss           string                       `json:"iss"`
	Keys          []TrustIdpKey                `json:"keys"`
	MaxAgeSeconds int64                        `json:"max_age_seconds"`
	TenantClaim   *TrustIdpProviderTenantClaim `json:"tenant_claim"`
}

type TrustKeys struct {
	Keys []TrustKeysKey `json:"keys"`
	Spec int64          `json:"spec"`
}

type TrustKeysKey struct {
	Alg       string   `json:"alg"`
	KeyId     string   `json:"key_id"`
	NotAfter  *string  `json:"not_after"`
	NotBefore string   `json:"not_before"`
	Purposes  []string `json:"purposes"`
	RevokedAt *string  `json:"revoked_at"`
	Spki      string   `json:"spki"`
}

type WarehouseAnchor struct {
	Anchor      WarehouseAnchorAnchor `json:"anchor"`
	ChangeId    string                `json:"change_id"`
	Predecessor string                `json:"predecessor"`
}

type WarehouseAnchorAnchor struct {
	Database         string  `json:"database"`
	Lsn              string  `json:"lsn"`
	Platform         string  `json:"platform"`
	Position         string  `json:"position"`
	Role             string  `json:"role"`
	ServerVersion    string  `json:"server_version"`
	Simulated        bool    `json:"simulated"`
	Snapshot         string  `json:"snapshot"`
	Strength         string  `json:"strength"`
	SystemIdentifier string  `json:"system_identifier"`
	Timeline         int64   `json:"timeline"`
	Xid              *string `json:"xid"`
}
