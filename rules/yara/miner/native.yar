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
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $pools = /"pools"[ \t]{0,4}:|"pool_list"[ \t]{0,4}:|"pool_address"[ \t]{0,4}:/
        $donate = /"?donate-(level|over-proxy)"?/
        $randomx = /"(randomx|cn\/[0-9a-z]{1,8}|cn-lite(\/\d)?|rx\/\w{1,8}|kawpow|argon2-impl|cryptonight|ghostrider|astrobwt)"[ \t]{0,4}:/
        $hint = /"(max-threads-hint|max-cpu-usage|hw-aes|huge-pages(-jit)?|rig-id|nicehash|keepalive|cpu-affinity|scratchpad_prefetch_mode|cache_qos|1gb-pages)"[ \t]{0,4}:/
        $algo = /"(algo|coin|wallet_address|rig_id)"[ \t]{0,4}:/
    condition:
        ($randomx and 2 of ($pools, $donate, $hint)) or ($pools and $donate) or ($pools and #hint > 2) or ($donate and $algo and #hint > 1)
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
        description = "The address of a mining pool together with miner options or a wallet"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $stratum = /stratum(1|2)?\+(tcp|ssl|tls|udp):\/\/[\w.-]{4,80}:\d{2,5}/
        $wallet = /(wallet|user|address|login|-u|pool_?pass|startMining[^"']{0,40}["'][\w.-]{1,60}["'],[ \t\r\n]{0,20})["' \t:=]{1,6}[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}/ nocase
        $option = /--donate-level|--cpu-priority|--max-cpu-usage|--rig-id|--coin[ =]|-a[ \t]{1,2}(rx\/0|randomx|cryptonight|kawpow|ethash|argon2)|--algo[ =](rx|randomx|cn|kawpow|ethash)/
        $login = /"?(wallet|worker|user|login)"?[ \t]{0,4}[:=]/ nocase
        $program = /\b(xmrig|xmr-stak|cpuminer|minerd|cgminer|nbminer|phoenixminer|t-rex|lolminer|ccminer|bfgminer|teamredminer)\b/ nocase
        $pool = /(pool\.|\bgulf\.)?(moneroocean\.stream|minexmr\.com|supportxmr\.com|nanopool\.org|2miners\.com|hashvault\.pro|c3pool\.(com|org)|f2pool\.com|ethermine\.org|unmineable\.com|herominers\.com|nicehash\.com|xmrpool\.eu|monerohash\.com)\b/ nocase
    condition:
        ($stratum and ($wallet or $option or ($login and $program))) or ($wallet and ($option or $program or $pool)) or ($pool and $program and ($option or $login))
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
        $run = /--donate-level|--config=[^\s"']{0,80}config(_background)?\.json|-o[ \t]{1,4}[\w.$"{}-]{4,60}:|WALLET(_ADDRESS)?[="]|POOL(_URL|_ADDRESS|_USER)?[="]|--threads|MAX_THREADS|--cpu-max-threads-hint|donate[_-]level/ nocase
        $unit = /ExecStart=[^\r\n]{0,120}(xmrig|minerd|cpuminer|xmr-stak)/
        $keep = /systemctl[ \t]{1,4}(enable|start|daemon-reload)|crontab|nohup|\/etc\/cron|KeepAlive|RunAtLoad|docker[ -]compose|\bdocker run\b|wget|curl[ \t]|git clone|screen[ \t]{1,2}-|tmux/
        $tune = /vm\.nr_hugepages|wrmsr|modprobe msr|cpulimit|huge-?pages/
        $plist = /<string>[^<\r\n]{0,80}(xmrig|minerd|cpuminer)[^<\r\n]{0,40}<\/string>/
        $start = /(\.\/|\/)(xmrig|minerd|xmr-stak|cpuminer)[ \t"]{1,4}[^\r\n]{0,60}/
        $build = /git clone[^\r\n]{0,60}xmrig|xmrig\/xmrig\/(releases|archive)/
    condition:
        $unit or $plist or ($program and $run and ($keep or $tune)) or ($program and $start and $keep) or ($build and #program > 2)
}

rule miner_hidden_run
{
    meta:
        id = "miner.hidden-run"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "review"
        description = "A script fetches a miner, hides its process and clears away its rivals"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $kill = /pkill[ \t][^\r\n]{0,40}(xmr|miner|kdevtmpfsi|kinsing|minerd|crypto)|killall[ \t][^\r\n]{0,40}(xmr|miner|kinsing)|ps[ \t][^\r\n]{0,60}grep[^\r\n]{0,60}(xmr|minerd|stratum|kdevtmpfsi|kinsing|:3333|:14444)[^\r\n]{0,60}xargs[^\r\n]{0,20}kill/
        $fetch = /(wget|curl)[ \t][^\r\n]{0,120}(-O|-o|\|[ \t]{0,2}(ba)?sh)/
        $cron = /crontab[ \t]{1,2}-|\/etc\/cron|\/var\/spool\/cron/
        $hide = /\/dev\/shm|\/var\/tmp|\/tmp\/\.|chattr[ \t]{1,2}[+-]i|LD_PRELOAD|history -c|HISTFILE/
        $agents = /aliyun|aegis|qcloud|yunjing|cloudmonitor/ nocase
        $pool = /stratum\+|--donate-level|pool\.\w{2,20}\.\w{2,6}:\d{4,5}|xmrig|minerd/
    condition:
        ($kill and $fetch and ($cron or $hide)) or ($fetch and $cron and $hide and ($agents or $pool))
}
