// Attacks inside a network: poisoned tables and names, redirected and overheard traffic.

rule netattack_arp_spoof_script
{
    meta:
        id = "netattack.arp-spoof-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script sends forged ARP replies between a target and its gateway"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "script"
    strings:
        $reply = /\bARP[ \t]{0,2}\([^)\r\n]{0,200}\bop[ \t]{0,2}=[ \t]{0,2}(2|["']is-at["']|\w{0,6}\.?is_at)/
        $field = /\.op[ \t]{0,2}=[ \t]{0,2}2\b|\bopcode[ \t]{0,2}=[ \t]{0,2}2\b/
        $psrc = /\bpsrc[ \t]{0,2}=/
        $hwdst = /\bhwdst[ \t]{0,2}=/
        $send = /\b(send|sendp|srp|sr1?)[ \t]{0,2}\(/
        $again = /while[ \t]{1,4}(True|1|\w{1,30})[ \t]{0,2}:|\btime\.sleep\(|inter[ \t]{0,2}=|loop[ \t]{0,2}=|\bsleep\(/
        $scapy = /scapy/
        $wrapper = /arp_?cache_?poison|arpcachepoison|arp_?mitm[ \t]{0,2}\(/ nocase
    condition:
        $scapy and (($psrc and $send and ($reply or $field) and ($hwdst or $again)) or $wrapper)
}

rule netattack_arp_spoof_source
{
    meta:
        id = "netattack.arp-spoof-source"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Programme that builds ARP replies and sends them to a target in the name of its gateway"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "script"
    strings:
        $reply = /ARPOP_REPLY|ARP_REPLY|ARPReply|ARP_OP_REPLY|htons[ \t]{0,2}\([ \t]{0,2}(0x0{0,3}2|2)[ \t]{0,2}\)|ar_op[ \t]{0,2}=|arp_op[ \t]{0,2}=|OperationReply|arp\.Reply|ArpOperation\.(Reply|Response)|ARPHDR_REPLY/
        $arp = /ETH_P_ARP|ETHERTYPE_ARP|ether_arp|libnet_(build|autobuild)_arp|arphdr|EthernetTypeARP|layers\.ARP\b|ARPPacket|ArpPacket|arp_?(header|packet|hdr)|EthArp|0x0806/
        $send = /sendto[ \t]{0,2}\(|pcap_sendpacket|pcap_inject|libnet_write|WritePacketData|SendPacket|sendPacket|\.send[ \t]{0,2}\(|sock\.send/
        $spoof = /spoof|poison|\bmitm\b|man[ -]in[ -]the[ -]middle/ nocase
        $victim = /victim|target|sender/ nocase
        $gateway = /gateway|router|\bgw\b|spoofed|source_?ip/ nocase
        $loop = /while[ \t]{0,2}\(|for[ \t]{0,2}\([ \t]{0,2};|for[ \t]{1,2}\{|time\.Sleep|sleep[ \t]{0,2}\(|goroutine|go func|setInterval/
    condition:
        $reply and $arp and $send and $loop and $victim and (($spoof and #spoof > 1) or ($gateway and $spoof))
}

rule netattack_arp_spoof_words
{
    meta:
        id = "netattack.arp-spoof-words"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Programme that says it poisons ARP tables and holds what is needed for it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "script"
    strings:
        $name = /arp[ _-]?(cache[ _-]?)?(spoof|poison)(er|ing)?/ nocase
        $raw = /(AF|PF)_PACKET|SOCK_RAW|scapy|libnet|pcap|gopacket|raw_?socket|winpcap|dnet/ nocase
        $forward = /ip_forward|ipforward|net\.inet\.ip\.forwarding|IPEnableRouter/ nocase
        $gateway = /gateway|router/ nocase
        $target = /victim|target/ nocase
        $run = /\barpspoof[ \t]{1,4}(-\w[ \t]{1,4}\S{1,20}[ \t]{1,4}){1,4}/
        $restore = /restor(e|ing)|re-?arp/ nocase
        $detect = /detect|prevent|defen[cs]e|protect|monitor|alert|warn/ nocase
    condition:
        not $detect and (($name and $raw and $gateway and $target and ($forward or $restore or #name > 2)) or ($run and $forward))
}

rule netattack_redirect_route
{
    meta:
        id = "netattack.redirect-route"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script sends ICMP redirects or rogue router and DHCP answers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "script"
    strings:
        $redirect = /ICMP[ \t]{0,2}\([^)\r\n]{0,60}type[ \t]{0,2}=[ \t]{0,2}5\b/
        $router = /ICMPv6ND_RA[ \t]{0,2}\(|ICMPv6NDOptPrefixInfo/
        $dhcp = /DHCP[ \t]{0,2}\([ \t]{0,2}options[ \t]{0,2}=[ \t]{0,2}\[[^\]\r\n]{0,60}["'](offer|ack)["']/
        $starve = /DHCP[ \t]{0,2}\([ \t]{0,2}options[ \t]{0,2}=[ \t]{0,2}\[[^\]\r\n]{0,60}["']discover["']/
        $random_mac = /RandMAC\(\)|random_?mac|rand_?mac/ nocase
        $send = /\bsendp?[ \t]{0,2}\(/
        $loop = /while[ \t]{1,4}(True|1|self\.\w{1,10}|\w{1,12})[ \t]{0,2}:|loop[ \t]{0,2}=[ \t]{0,2}1|inter[ \t]{0,2}=/
        $scapy = "scapy"
    condition:
        $scapy and $send and $loop and ($redirect or $router or $dhcp or ($starve and $random_mac))
}

rule netattack_name_poisoner
{
    meta:
        id = "netattack.name-poisoner"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A programme answers name queries of the local network with its own address"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/001/"
        lane = "script"
    strings:
        $group = /224\.0\.0\.25[12]|ff02::(1:3|fb)|\b5355\b|\bNBNS\b|\bNBT-?NS\b|\bLLMNR\b|NBT_Ans|LLMNR_Ans|MDNS_Ans/
        $poison = /poison|spoof/ nocase
        $answer = /sendto[ \t]{0,2}\(|\.send[ \t]{0,2}\(|_Ans[ \t]{0,2}\(|sendp[ \t]{0,2}\(/
        $dns = /DNSRR[ \t]{0,2}\([^)\r\n]{0,80}rdata[ \t]{0,2}=/
        $dns_query = /haslayer[ \t]{0,2}\([ \t]{0,2}DNSQR|DNSQR\b|\.qd\.qname/
        $queue = /NetfilterQueue|nfqueue|set_payload/ nocase
    condition:
        ($group and #poison > 1 and $answer) or ($dns and $dns_query and ($queue or $poison or $answer))
}

rule netattack_mitm_plugin
{
    meta:
        id = "netattack.mitm-plugin"
        clause = "3.1.3.7"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Plugin of an interception tool that alters or records the traffic of others"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "script"
    strings:
        $import = /from plugins\.(plugin|inject|browserprofiler) import|from core\.(poisoners|servers|sslstrip|ferretng|responder)[\w.]{0,24} import|import core\.responder/
        $class = /class[ \t]{1,2}\w{2,30}\([\w, ]{0,40}Plugin\)|optname[ \t]{0,2}=|tree_info/
        $hook = /def[ \t]{1,2}(response|responseheaders|request|initialize|reactor|on_shutdown)\(self/
        $bettercap = /set[ \t]{1,2}(arp\.spoof|dns\.spoof|net\.sniff|https?\.proxy)\.\w{2,20}[ \t]{1,2}\S/
        $bettercap_on = /(arp\.spoof|dns\.spoof|net\.sniff|https?\.proxy|arp\.ban)[ \t]{1,2}on\b/
        $ettercap = /ettercap[ \t]{1,2}[^\r\n]{0,60}-M[ \t]{1,2}arp/
        $sslstrip = /iptables[^\r\n]{0,80}--dport[ \t]{1,2}(80|443)[^\r\n]{0,60}REDIRECT[^\r\n]{0,40}/
        $strip_tool = /sslstrip|mitmproxy|arpspoof/
    condition:
        ($import and ($class or $hook)) or ($bettercap and $bettercap_on) or $ettercap or ($sslstrip and $strip_tool and #strip_tool > 1)
}

rule netattack_credential_sniffer
{
    meta:
        id = "netattack.credential-sniffer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A programme overhears a network and picks out names and passwords"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1040/"
        lane = "script"
    strings:
        $sniff = /\bsniff[ \t]{0,2}\([^)\r\n]{0,120}(prn|store|filter|iface)[ \t]{0,2}=/
        $raw = /haslayer[ \t]{0,2}\([ \t]{0,2}(scapy\.)?(Raw|http\.HTTPRequest|HTTPRequest)|\[Raw\]\.load|\[scapy\.Raw\]\.load|\.load\b/
        $words = /["'](uname|user|username|login|pass|passwd|password|email)["'][ \t]{0,2},[ \t]{0,2}["'](uname|user|username|login|pass|passwd|password|email)["']/ nocase
        $pcap = /pcap_(loop|next|dispatch|open_live)|AF_PACKET|PF_PACKET|SIO_RCVALL/
        $credentials = /(strstr|strcasestr|find|re\.search|in[ \t]{1,2}payload|contains)[^\r\n]{0,30}["'](PASS |USER |password=|passwd=|pass=|Authorization: Basic)/
    condition:
        ($sniff and $raw and $words) or (($pcap or $sniff) and #credentials > 1)
}
