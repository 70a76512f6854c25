// Configurations, command lines and set-up scripts of coin miners.

rule miner_pool_config
{
    meta:
        id = "miner.pool-config"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "auto"
        description = "Configuration of a coin miner: pools, algorithm, threads"
        author = "aup-scanner authors"
        reference = "https://xmrig.com/docs/miner/config"
        lane = "any"
    strings:
        $pools = /"pools"[ \t]{0,4}:/
        $donate = /"donate-(level|over-proxy)"/
        $randomx = /"(randomx|cn\/0|cn-lite|rx\/0|kawpow|argon2-impl|cryptonight)[\w\/-]{0,12}"[ \t]{0,4}:/
        $hint = /"(max-threads-hint|max-cpu-usage|hw-aes|huge-pages(-jit)?|rig-id|nicehash|keepalive)"[ \t]{0,4}:/
    condition:
        $randomx and 2 of ($pools, $donate, $hint)
}

rule miner_stratum_login
{
    meta:
        id = "miner.stratum-login"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "medium"
        ceiling = "throttle"
        status = "review"
        description = "A mining pool's address together with miner options or a wallet"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $stratum = /stratum\+(tcp|ssl|tls|udp):\/\/[\w.-]{4,80}:\d{2,5}/
        $wallet = /\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $option = /(--donate-level|--cpu-priority|--max-cpu-usage|--rig-id|--coin[ =]|-a[ \t]{1,2}(rx\/0|randomx|cryptonight|kawpow|ethash|argon2)|--algo[ =](rx|randomx|cn|kawpow|ethash))/
        $login = /"?(wallet|worker|user|login)"?[ \t]{0,4}[:=]/ nocase
        $program = /\b(xmrig|xmr-stak|cpuminer|minerd|cgminer|nbminer|phoenixminer|t-rex|lolminer|ccminer)\b/ nocase
    condition:
        ($stratum and ($wallet or $option or ($login and $program))) or ($wallet and ($option or $program))
}

rule miner_setup_script
{
    meta:
        id = "miner.setup-script"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "auto"
        description = "Script or service unit that installs a coin miner and keeps it running"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $program = /\b(xmrig|xmr-stak|cpuminer|minerd|moneroocean|nanominer|srbminer|xmrig-proxy)\b/ nocase
        $run = /(--donate-level|--config=[^\s"']{0,80}config(_background)?\.json|-o[ \t]{1,4}[\w.-]{4,60}:\d{2,5}|WALLET(_ADDRESS)?=|POOL(_URL)?=|--threads)/
        $unit = /ExecStart=[^\r\n]{0,120}(xmrig|minerd|cpuminer|xmr-stak)/
        $keep = /systemctl[ \t]{1,4}(enable|start|daemon-reload)|crontab|nohup|\/etc\/cron|KeepAlive|docker[ -]compose|wget|curl[ \t]/
        $tune = /vm\.nr_hugepages|wrmsr|\bmsr\b|cpulimit/
    condition:
        $unit or ($program and $run and ($keep or $tune))
}
