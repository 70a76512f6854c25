// Tools that flood a target with requests or packets.

rule flood_http_script
{
    meta:
        id = "flood.http-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Script that floods a web server from many threads with changing browsers and referrers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/002/"
        lane = "any"
    strings:
        $agents = /user_?agents?(_list)?\.append|USER_AGENT_PARTS|(useragents?|ua_?list|agents)[ \t]{0,4}=[ \t]{0,4}\[/ nocase
        $threads = /threading\.Thread|Thread\(target|multiprocessing|worker_threads|go func\(/
        $referer = /referer/ nocase
        $word = /\b(ddos|dos attack|denial of service|flood(er|ing)?|attack(ing|er)?|slowloris|hit(s)? per|stress(er)?)\b/ nocase
        $loop = /while[ \t]{1,4}(True|1)[ \t]{0,2}:|for[ \t]{0,2}\(;;\)|while[ \t]{0,2}\((true|1)\)/
        $socket = /socket\.socket\(|http\.client|httplib|urllib2?\.|requests\.(get|post)|net\.Socket|\.connect\(\(/
    condition:
        $word and $threads and $socket and (($agents and $referer) or ($agents and $loop))
}

rule flood_slow_headers
{
    meta:
        id = "flood.slow-headers"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Tool that exhausts a server with many half-finished requests"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/001/"
        lane = "any"
    strings:
        $partial = /["']X-[a-z]{1,8}:[ \t]{0,2}(\{|%[sd]|["'] ?[+.,])[^\r\n]{0,40}/
        $many = /for[ \t]{1,4}[\w_]{1,10}[ \t]{1,4}in[ \t]{1,4}(x?range\(|list_of_sockets|sockets)|list_of_sockets|socket_count/
        $name = /slow[ _-]?loris|r-u-dead-yet|slow_?(headers|read|post)/ nocase
        $socket = /socket\.socket\(|IO::Socket::INET|net\.Dial\(|createConnection\(/
    condition:
        $socket and ($partial and ($many or $name))
}
