// Keys and credentials by their format, where the public can read them.

rule credential_private_key
{
    meta:
        id = "credential.private-key"
        clause = "3.1.3.5.2"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "An unencrypted private key"
        author = "aup-scanner authors"
        reference = "https://www.rfc-editor.org/rfc/rfc7468"
        lane = "any"
    strings:
        $key = /-----BEGIN (RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----[\r\n]{1,2}[A-Za-z0-9+\/=]{60,80}[\r\n]{1,2}[A-Za-z0-9+\/=]{60,80}[\r\n]/
    condition:
        $key
}
