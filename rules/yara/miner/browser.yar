// Coin miners that run in a visitor's browser.

rule miner_browser_start
{
    meta:
        id = "miner.browser-start"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "high"
        ceiling = "throttle"
        status = "auto"
        description = "A page or script starts a coin miner in the visitor's browser"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "any"
    strings:
        $new = /new[ \t]{1,4}[\w.]{0,30}(CoinHive|CryptoLoot|CRLT|deepMiner|JSECoin|CoinImp|WebMiner|Client)\.(Anonymous|User|Token|Init)[ \t]{0,4}\(/
        $start_pool = /\bstartMining(WithId)?[ \t]{0,4}\([ \t\r\n]{0,8}["'][\w.-]{4,60}["']/
        $hashrate = "getHashesPerSecond"
        $total = "getTotalHashes"
        $throttle = /\b[sg]etThrottle\b|\bthrottle[ \t]{0,2}:[ \t]{0,2}0?\.\d/
        $threads = /\b[sg]etNumThreads\b|\bautoThreads\b/
        $accepted = /\bgetAcceptedHashes\b/
    condition:
        $new or $start_pool or ($hashrate and 1 of ($total, $throttle, $threads, $accepted))
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
        $hash = /cryptonight_hash|_cryptonight_\w{2,20}|hash_cn\b|_hash_cn\b|CryptonightWASMWrapper|randomx_calculate_hash|yespower_hash|argon2d_hash_raw/ 
        $job = /\bjob_id\b/
        $nonce = "nonce"
        $target = "target"
        $worker = /\bonmessage\b|importScripts|new Worker\(|postMessage/
        $wasm = /\bHEAPU8\b|WebAssembly|Module\.cwrap|_malloc/
    condition:
        $hash and $wasm and (($job and ($nonce or $target)) or ($worker and $nonce) or #hash > 2)
}
