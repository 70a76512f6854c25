// Scripts that flood a target with requests or packets.

rule flood_http_script
{
    meta:
        id = "flood.http-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A script floods a web server: random browsers and origins, many threads, no end"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $agent = /random\.choice[ \t]{0,2}\([ \t]{0,2}\w{0,12}(agent|ua_?list|uas?\b|headers_useragents)|UserAgent\(\)\.random|fake_useragent|user_?agents?\.append|USER_AGENT_PARTS|headers_useragents|(user_?agents?|uas|ualist)\[[^\]\r\n]{0,30}(rand|Math\.random|Intn)/ nocase
        $origin = /X-Forwarded-For|X-Real-IP|Client-IP|headers_referers|referers?\.append|referers?[ \t]{0,2}=[ \t]{0,2}\[|Referer/ nocase
        $random = /random\.(randint|choice|randrange)|Math\.random|rand\.Intn|rand\(|mt_rand|buildblock/
        $threads = /threading\.Thread|Thread[ \t]{0,2}\([ \t]{0,2}target|ThreadPoolExecutor|multiprocessing|worker_threads|cluster\.fork|go func\(|fork\(\)|Threads?->(new|create)|asyncio\.gather|pcntl_fork/
        $endless = /while[ \t]{1,4}(True|1)[ \t]{0,2}:|while[ \t]{0,2}\([ \t]{0,2}(true|1|time)|for[ \t]{0,2}\(;;\)|for[ \t]{1,2}\{|setInterval\(|for[ \t]{1,2}\w{1,4}[ \t]{1,2}in[ \t]{1,2}(x?range|count)\(/
        $net = /socket\.socket|http\.client|httplib|urllib2?|requests\.(get|post|Session)|net\.(Socket|connect|Dial)|tls\.connect|http2\.connect|http\.NewRequest|IO::Socket|LWP::|curl_exec|fsockopen|aiohttp|createConnection|cloudscraper/
        $word = /\bd?dos\b|\bddos\b|denial[ -]of[ -]service|http[ -]?flood|flood(er|ing|ed)?\b|slowloris|\blayer ?[47]\b|\bl7\b|stress(er|test)|\battack(s|ing|er|ed)?\b|goldeneye|\bhulk\b|\bsockstress\b/ nocase
        $strong = /\bddos\b|http[ -]?flood|flood(er|ing)\b|denial[ -]of[ -]service|slowloris|goldeneye|attack (started|sent|finished|with)|attacking|\bcf[ -]?bypass|uam bypass/ nocase
    condition:
        $net and $random and $threads and (($agent and $origin and #word > 1) or ($agent and $strong and #word > 2) or ($origin and $endless and #strong > 2))
        and for any i in (1..#threads) : (
            // all in one place: the manual of a language holds every word of this, somewhere
            $net in (@threads[i]-12000..@threads[i]+12000) and $random in (@threads[i]-12000..@threads[i]+12000)
            and $word in (@threads[i]-12000..@threads[i]+12000) and ($agent in (@threads[i]-12000..@threads[i]+12000) or $origin in (@threads[i]-12000..@threads[i]+12000))
        )
}

rule flood_named_function
{
    meta:
        id = "flood.named-function"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A function called flood opens connections or sends packets until a time or count from the command line is reached"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $function = /\b(def|function|func|void|sub|async def)[ \t*]{1,4}\w{0,20}(flood|ddos|dos_attack|stress_?target)\w{0,20}[ \t]{0,2}[({]/ nocase
        $net = /socket\.socket|requests\.|http\.client|urllib|aiohttp|websocket|create_connection|net\.(Socket|connect|Dial)|http2\.connect|socket[ \t]{0,2}\(|IO::Socket|curl_exec|sendto[ \t]{0,2}\(|dgram|createsession/
        $endless = /while[ \t]{1,4}(True|1|time\.time\(\)|\w{1,12}[ \t]?[<>])|while[ \t]{0,2}\([ \t]{0,2}(1|true|time)|for[ \t]{0,2}\(;;\)|setInterval|for[ \t]{1,2}\{|for[ \t]{1,2}\w{1,3}[ \t]in[ \t]range/
        $target = /argv|raw_input|input[ \t]{0,2}\(|getopt|argparse|process\.argv|os\.Args|\$_(GET|POST)|targets?\b/
        $threads = /thread|fork[ \t]{0,2}\(|cluster|worker|asyncio|go func|multiprocessing/ nocase
    condition:
        all of them
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
        description = "A tool exhausts a server with many half-finished requests"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/001/"
        lane = "script"
    strings:
        $partial = /["']X-[a-z]{1,8}:[ \t]{0,2}(\{|%[sd]|["'] ?[+.,])|X-a: |keep_?alive_?headers?|send_initial_headers/
        $many = /for[ \t]{1,4}\w{1,10}[ \t]{1,4}in[ \t]{1,4}(x?range\(|list\(|list_of_sockets|sockets|self\.sockets)|list_of_sockets|socket_count|connections_count|sockets?\.append|num_?connections/
        $name = /slow[ _-]?loris|r-u-dead-yet|\bRUDY\b|slow_?(headers|read|post)|slowhttptest/ nocase
        $socket = /socket\.socket\(|IO::Socket::INET|net\.Dial\(|createConnection\(|open_tcp_stream|trio\.|net\.connect\(|fsockopen\(|socket\(AF_INET/
        $wait = /sleep[ \t]{0,2}\(|sleep[ \t]{1,2}\d|setTimeout|setInterval|time\.After/
        $random = /random\.randint|rand\(|Math\.random|rand\.Int/
    condition:
        $socket and (($partial and $many and ($wait or $name)) or ($name and $random and ($partial or $wait) and #name > 1))
}

rule flood_udp_script
{
    meta:
        id = "flood.udp-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script sends random bytes over UDP without end"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1498/"
        lane = "script"
    strings:
        $udp = /SOCK_DGRAM|PF_INET,[ ]?SOCK_DGRAM|udp:\/\/|dgram\.createSocket|net\.DialUDP|Proto[ ]{0,2}=>[ ]{0,2}['"]udp/
        $bytes = /random\._?urandom[ \t]{0,2}\(|os\.urandom[ \t]{0,2}\(|randbytes[ \t]{0,2}\(|crypto\.randomBytes|["']X["'][ ]{0,2}x[ ]{0,2}\$|str_repeat[ \t]{0,2}\([ \t]{0,2}["']X["']|rand[ \t]{0,2}\(?[ \t]{0,2}6(4|5)\d{3}|rand[ \t]{0,2}\([ \t]{0,2}[01],[ \t]{0,2}6\d{4}/
        $send = /\.sendto[ \t]{0,2}\(|sendto[ \t]{0,2}\(|\bsend[ \t]{0,2}\(|fwrite[ \t]{0,2}\(|client\.send|\.send[ \t]{0,2}\(/
        $loop = /while[ \t]{1,4}(True|1|\w{1,12})[ \t]{0,2}:|while[ \t]{0,2}\([ \t]{0,2}(1|true|time)|for[ \t]{0,2}\([ \t]{0,2};;|for[ \t]{1,2}\w{1,3}[ \t]in[ \t]range|setInterval|for[ \t]{0,2}\([^)]{3,40}\)/
        $word = /flood|\bddos\b|\battack|packets? sent|sent[ ]{1,2}["'%{]?\w{0,12}[ ]?packets?|victim|\budp[ -]?(strike|storm|bomb)|hedef|saniye|stress/ nocase
        $target = /argv|raw_input|input[ \t]{0,2}\(|\$_(GET|POST|REQUEST)|\$ARGV|process\.argv|os\.Args/
        $document = /<html|<!doctype/ nocase
    condition:
        not $document and #udp < 12 and $udp and $bytes and $send and $loop and $word and $target
}

rule flood_raw_script
{
    meta:
        id = "flood.raw-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script forges packets with false senders and sends them without end"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1498/"
        lane = "script"
    strings:
        $scapy = /from scapy|import scapy|scapy\.all/
        $forged = /\bIP[ \t]{0,2}\([^)\r\n]{0,60}src[ \t]{0,2}=[ \t]{0,2}(rand|RandIP|random|\w{0,12}(spoof|fake|src|source|target|ip)\w{0,8})/
        $forged_field = /\.src[ \t]{0,2}=[ \t]{0,2}(rand|RandIP|random|\w{0,8}(spoof|fake|randip|target)\w{0,8})/ nocase
        $layer = /\b(TCP|UDP|ICMP)[ \t]{0,2}\(/
        $amplifier = /dport[ \t]{0,2}=[ \t]{0,2}(123|1900|11211|19|389|3702|5683|161|17|69|1434|53|80)\b/
        $send = /\bsendp?[ \t]{0,2}\([^)\r\n]{1,80}/
        $loop = /for[ \t]{1,4}\w{1,8}[ \t]{1,4}in[ \t]{1,4}|while[ \t]{1,4}(True|1|\w{1,10})[ \t]{0,2}:|loop[ \t]{0,2}=[ \t]{0,2}1|RandShort\(\)/
        $word = /flood|amplif|\bddos\b|\battack|reflect|smurf|syn ?storm|teardrop|land ?attack|spoof/ nocase
        $raw = /SOCK_RAW|IPPROTO_RAW/
        $pack = /struct\.pack\([ \t]{0,2}["']!?[BHLI]{4,14}/
    condition:
        ($scapy and $layer and $send and $loop and $word and ($forged or $forged_field) and ($amplifier or #word > 1))
        or ($raw and $pack and $loop and #word > 2 and ($send or $forged_field))
}

rule flood_c_flooder
{
    meta:
        id = "flood.c-flooder"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "C source that builds packets with false senders and sends them without end"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1498/"
        lane = "script"
    strings:
        $raw = /SOCK_RAW|IPPROTO_RAW|IP_HDRINCL/
        $header = /struct[ \t]{1,4}(iphdr|tcphdr|udphdr|icmphdr|ip\b|pseudo_?h\w{0,8}|psh)/
        $forged = /saddr[ \t]{0,2}=[ \t]{0,2}(rand|htonl\(rand|\w{0,12}(spoof|rand)\w{0,8}|inet_addr\(\w{0,10}(source|spoof|src|sip|ip))|rand_cmwc|rand_next\(|RandIP|setup_ip_header|source_?ip|LOCAL_ADDR|spoof(it|ed)?\b/ nocase
        $send = /sendto[ \t]{0,2}\(/
        $endless = /while[ \t]{0,2}\([ \t]{0,2}(1|TRUE|true|time)|for[ \t]{0,2}\([ \t]{0,2};[ \t]{0,2};|for[ \t]{0,2}\([^;]{0,20};[ \t]{0,2};/
        $word = /flood|\bddos\b|\battack|stress|amplif|synk|\bpps\b|packets? per|reflect|smurf/ nocase
        $threads = /pthread_create|fork[ \t]{0,2}\(/
        $files = /#include[ \t]{0,2}<(netinet|linux)\/(ip|tcp|udp|ip_icmp)\.h>/
    condition:
        $raw and $header and $send and $endless and $files and (($forged and $word) or ($word and $threads and #word > 2))
}

rule flood_node_script
{
    meta:
        id = "flood.node-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Node.js script sends requests through lists of proxies at a target, rate and duration given on the command line"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $argv = /process\.argv(\[|\.length|\.slice)/
        $proxy = /prox(y|ies)/ nocase
        $workers = /cluster\.(fork|isMaster|isPrimary)|new Worker\(|worker_threads|child_process/
        $net = /http2\.connect|tls\.connect|net\.connect|net\.Socket|cloudscraper|require\(["'](request|cloudscraper|http2|tls|net|user-agents)["']\)/
        $spin = /setInterval[ \t]{0,2}\(|while[ \t]{0,2}\((true|1)\)/
        $target = /\btarget\b|\burl\b|\bhost\b/ nocase
        $rate = /\brate\b|\breqs?\b|\brps\b|\bthreads?\b|\bduration\b|\btime\b/ nocase
        $word = /flood|\bddos\b|\battack|bypass|\bcf\b|cloudflare|\bl7\b|stress/ nocase
        $end = /setTimeout[ \t]{0,2}\([^;]{0,80}process\.exit|process\.exit[ \t]{0,2}\([ \t]{0,2}\d?[ \t]{0,2}\)/
        $list = /readFileSync[ \t]{0,2}\([ \t]{0,2}process\.argv\[\d\]/
        $endless_listeners = /setMaxListeners\([ \t]{0,2}(Number\.POSITIVE_INFINITY|Infinity|0)/
        $bundle = /__commonJS|__toESM|webpack_require|<html|<!doctype/ nocase
        $deadline = /process\.exit[ \t]{0,2}\([ \t]{0,2}\d?[ \t]{0,2}\)[ \t]{0,2};?[ \t\r\n]{0,12}\}?[ \t]{0,4},[ \t]{0,4}((parseInt|Number)\()?(process\.)?argv\[\d\]\)?[ \t]{0,2}\*[ \t]{0,2}1000/
        $careless = /process\.on[ \t]{0,2}\([ \t]{0,2}["'](uncaughtException|unhandledRejection)["']|setMaxListeners\([ \t]{0,2}0|NODE_TLS_REJECT_UNAUTHORIZED/
    condition:
        $argv and #argv < 20 and not $bundle and $net and $target and $rate and (($proxy and $spin and ($word or $careless) and ($workers or $end)) or ($spin and #word > 2 and $end) or ($list and $proxy and ($spin or $endless_listeners)) or ($endless_listeners and $spin and #word > 0))
        or ($argv and not $bundle and $net and $proxy and $spin and $deadline)
}

rule flood_php_script
{
    meta:
        id = "flood.php-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A PHP page floods the address that the request names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $socket = /fsockopen[ \t]{0,4}\([ \t]{0,4}["'](udp|tcp):\/\/|fsockopen[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},[ \t]{0,4}\$\w{1,20}/ nocase
        $loop = /while[ \t]{0,2}\([ \t]{0,2}(1|true|time)|for[ \t]{0,2}\(/
        $input = /\$_(GET|POST|REQUEST)[ \t]{0,2}\[[ \t]{0,2}["']?(host|ip|target|time|port|exec_time|length)/ nocase
        $random = /rand[ \t]{0,2}\([ \t]{0,2}[01],[ \t]{0,2}6\d{4}|str_repeat|\.=[ \t]{0,2}["']X["']|chr[ \t]{0,2}\([ \t]{0,2}(mt_)?rand/ nocase
        $time = /time[ \t]{0,2}\([ \t]{0,2}\)[ \t]{0,4}[>+]|ignore_user_abort|set_time_limit[ \t]{0,2}\([ \t]{0,2}0/ nocase
        $word = /flood|\bddos\b|\bdos\b|packets|\battack|completed with/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and $socket and $loop and $random and $time and ($input or $word) and ($input or #word > 1)
}

rule flood_load_generator
{
    meta:
        id = "flood.load-generator"
        clause = "3.1.3.6"
        severity = "high"
        confidence = "medium"
        ceiling = "throttle"
        status = "review"
        description = "A command script runs a load generator or a flood tool against a target with very many connections"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $tool = /\b(hping3?|slowhttptest|t50|mhddos|goldeneye(\.py)?|hulk\.(py|go)|slowloris(\.(py|pl))?|ddos-?ripper|bombardier|xerxes|torshammer|ufonet|loic|hoic|impulse\.py|cc\.py)[ \t]{1,4}[-\w\/.:]/ nocase
        $hping = /hping3?[ \t][^\r\n]{0,80}--flood/
        $heavy = /\b(ab|wrk|siege|hey|vegeta|bombardier)[ \t][^\r\n]{0,60}-(c|n|z)[ \t]{0,2}[1-9]\d{4,}/
        $many = /ulimit[ \t]{1,2}-n[ \t]{1,2}9{5,}|for[ \t]{0,2}\(\([^\r\n]{0,60}\)\)|while[ \t]{1,2}(true|:|\[[ \t])/
        $background = /&[ \t]{0,2}\r?\n|&[ \t]{0,2}(done|;)/
        $word = /attack (started|target)|\bddos\b|flood/ nocase
        $shebang = /^#![^\r\n]{0,40}(sh|bash|zsh)\b/
    condition:
        $hping or ($shebang and (($tool and ($many or $background)) or ($heavy and $many) or ($word and $many and $background)))
}
