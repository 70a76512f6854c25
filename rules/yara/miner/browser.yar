// Coin miners that run in the browser of a visitor.

rule miner_browser_start
{
    meta:
        id = "miner.browser-start"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "auto"
        description = "A page or script starts a coin miner in the browser of the visitor"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $new = /new[ \t]{1,4}[\w.]{0,30}(CoinHive|CryptoLoot|CRLT|deepMiner|JSECoin|CoinImp|WebMiner|Client|CoinNebel|Webmine\w{0,6})\.(Anonymous|User|Token|Init)[ \t]{0,4}\(/ nocase
        $start_pool = /\bstartMining(WithId)?[ \t]{0,4}\([ \t\r\n]{0,8}["'][\w.-]{4,60}["']/
        $hashrate = "getHashesPerSecond"
        $total = "getTotalHashes"
        $throttle = /\b[sg]etThrottle\b|\bthrottle[ \t]{0,2}:[ \t]{0,2}0?\.\d/
        $threads = /\b[sg]etNumThreads\b|\bautoThreads\b/
        $accepted = "getAcceptedHashes"
        $source = /<script[^>]{0,80}src[ \t]{0,2}=[ \t]{0,2}["']?[^"'>\r\n]{0,60}(coinhive|coin-hive|authedmine|coinimp|crypto-?loot|cryptaloot|jsecoin|minero\.cc|webmine|deepminer|cryptonoter|monerise|ppoi\.org|coinnebula|browsermine|minemytraffic)[^"'>\r\n]{0,60}/ nocase
    condition:
        $new or $start_pool or $source or ($hashrate and 1 of ($total, $throttle, $threads, $accepted))
}

rule miner_browser_engine
{
    meta:
        id = "miner.browser-engine"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "auto"
        description = "Script that computes proof-of-work hashes for a mining pool in a browser worker"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $hash = /cryptonight_hash|_cryptonight_\w{2,20}|\bhash_cn\b|CryptonightWASMWrapper|randomx_calculate_hash|yespower_hash|cryptonight_(create|destroy)|randomx_(create|init)_\w{2,12}/
        $job = "job_id"
        $nonce = "nonce"
        $target = "target"
        $worker = /\bonmessage\b|importScripts|new Worker\(|postMessage/
        $wasm = /\bHEAPU8\b|WebAssembly|Module\.cwrap|_malloc/
        $verify = /verify_id|results_hash|throttledStart|throttleWait|hashesPerSecond/
    condition:
        $hash and $wasm and (($job and ($nonce or $target)) or ($worker and $nonce) or #hash > 2) or ($job and $nonce and $worker and $verify)
}

rule miner_node_embed
{
    meta:
        id = "miner.node-embed"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "review"
        description = "A Node.js or PHP programme that embeds a miner or feeds visitors to a pool"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $module = /require[ \t]{0,2}\([ \t]{0,2}["'](coin-?hive[\w-]{0,16}|coin-?imp[\w-]{0,12}|cryptonight[\w-]{0,16}|deep-?miner|xmr(ig)?[\w-]{0,12}|node-?stratum|stratum-pool|node-multi-hashing|web-?miner[\w-]{0,8})["']/ nocase
        $site_key = /\bsite_?key\b/ nocase
        $throttle = "throttle"
        $threads = /\bthreads\b/
        $headless = /puppeteer|headless/
        $miner = /\bminer\b/ nocase
        $pool = /\bpool(\.host|Host|_host|_port|Port)?\b/
        $proxy = /stratum[ _-]?proxy|mining\.(subscribe|authorize|submit)|"method"[ \t]{0,2}:[ \t]{0,2}"(login|submit|getjob)"|job_id/
        $ws = /WebSocket(Server)?|ws:\/\/|wss:\/\//
    condition:
        $module or ($site_key and $throttle and $threads and ($headless or $miner)) or ($proxy and $pool and $ws and $miner)
}
