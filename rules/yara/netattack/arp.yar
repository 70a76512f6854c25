// Tools that poison address tables of a network.

rule netattack_arp_spoof_script
{
    meta:
        id = "netattack.arp-spoof-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Script that sends forged ARP replies between a target and its gateway"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1557/002/"
        lane = "any"
    strings:
        $scapy = /\bARP[ \t]{0,2}\([^)\r\n]{0,200}\bop[ \t]{0,2}=[ \t]{0,2}(2|["']is-at["'])/
        $psrc = /\bpsrc[ \t]{0,2}=/
        $hwdst = /\bhwdst[ \t]{0,2}=/
        $send = /\b(send|sendp|srp|sr1?)[ \t]{0,2}\(/
        $again = /while[ \t]{1,4}(True|1|\w{1,30})[ \t]{0,2}:|\btime\.sleep\(|inter[ \t]{0,2}=|loop[ \t]{0,2}=/
    condition:
        $scapy and $psrc and $send and ($hwdst or $again)
}
