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
        $key = /-----BEGIN (RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----[\r\n]{1,2}[A-Za-z0-9+\/=]{60,80}[\r\n]{1,2}[A-Za-z0-9+\/=]{20,80}[\r\n]/
        $putty = /PuTTY-User-Key-File-[23]:[^\r\n]{0,40}[\r\n]{1,2}Encryption: none/
    condition:
        any of them
}

rule credential_cloud_key_pair
{
    meta:
        id = "credential.cloud-key-pair"
        clause = "3.1.3.5.2"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "The identifier of a cloud access key together with its secret"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/798.html"
        lane = "any"
    strings:
        $aws = /\b(AKIA|ASIA)[0-9A-Z]{16}\b/
        $aws_secret = /(secret[_-]?access[_-]?key|aws_secret|secret_?key)["' \t:=>]{1,8}["']?[A-Za-z0-9\/+=]{40}\b/ nocase
        $aliyun = /\bLTAI[0-9A-Za-z]{12,22}\b/
        $aliyun_secret = /(access_?key_?secret|secret_?key|accesskeysecret|app_?secret)["' \t:=>]{1,8}["']?[0-9A-Za-z]{30}\b/ nocase
        $tencent = /\bAKID[0-9A-Za-z]{32}\b/
        $tencent_secret = /secret_?key["' \t:=>]{1,8}["']?[0-9A-Za-z]{32}\b/ nocase
        $example = /EXAMPLE|xxxxxx|your[_-]?(access|secret)/ nocase
    condition:
        not $example and (($aws and $aws_secret) or ($aliyun and $aliyun_secret) or ($tencent and $tencent_secret))
}

rule credential_service_token
{
    meta:
        id = "credential.service-token"
        clause = "3.1.3.5.2"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "A token of a code host, payment or chat service"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/798.html"
        lane = "any"
    strings:
        $github = /\b(ghp|gho|ghu|ghs|ghr)_[0-9A-Za-z]{36}\b/
        $github_fine = /\bgithub_pat_[0-9A-Za-z_]{60,90}\b/
        $gitlab = /\bglpat-[0-9A-Za-z_-]{20}\b/
        $slack = /\bxox[bpars]-\d{9,13}-\d{9,13}-[0-9A-Za-z]{20,40}\b/
        $stripe = /\b[rs]k_live_[0-9A-Za-z]{24,100}\b/
        $npm = /\bnpm_[0-9A-Za-z]{36}\b/
        $pypi = /\bpypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50}/
        $sendgrid = /\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}\b/
    condition:
        any of them
}

rule credential_service_account
{
    meta:
        id = "credential.service-account"
        clause = "3.1.3.5.2"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "The key file of a cloud service account or of a cluster administrator"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/798.html"
        lane = "any"
    strings:
        $type = /"type"[ \t]{0,2}:[ \t]{0,2}"service_account"/
        $key = /"private_key"[ \t]{0,2}:[ \t]{0,2}"-----BEGIN (RSA )?PRIVATE KEY-----\\n[A-Za-z0-9+\/]{60}/
        $cluster = /client-key-data:[ \t]{1,2}LS0tLS1CRUdJTi[A-Za-z0-9+\/=]{100}/
        $server = /server:[ \t]{1,2}https?:\/\//
    condition:
        ($type and $key) or ($cluster and $server)
}

rule credential_shadow_file
{
    meta:
        id = "credential.shadow-file"
        clause = "3.1.3.5.2"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "Password hashes of system accounts"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/798.html"
        lane = "any"
    strings:
        $shadow = /(\n|^)(root|admin|ubuntu|\w{2,16}):\$(1|5|6|y|2[aby])\$[^:\r\n]{20,120}:\d{4,5}:\d{0,5}:\d{0,6}:/
        $windows = /(\n|^)[\w.-]{2,24}:\d{3,5}:[0-9a-fA-F]{32}:[0-9a-fA-F]{32}:::/
    condition:
        any of them
}

rule credential_combo_list
{
    meta:
        id = "credential.combo-list"
        clause = "3.1.3.5.7"
        severity = "medium"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "A long list of mail addresses with passwords"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1589/001/"
        lane = "any"
    strings:
        $pair = /@(gmail|hotmail|yahoo|aol|outlook|live|icloud|qq|163|126|sina|foxmail|mail|gmx|web|yandex)\.(com|cn|ru|de|net)[:;|][^\s:;|@,]{4,32}[\r\n]/
    condition:
        #pair > 50
}
