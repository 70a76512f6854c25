// Control of many machines for floods.

rule flood_amplifier
{
    meta:
        id = "flood.amplifier"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "A tool fills requests for amplifying services (DNS, NTP, memcached, SSDP, CLDAP, SNMP) or lists such servers for attacks"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1498/002/"
        lane = "script"
    strings:
        $service = /\b(memcached|monlist|ssdp|cldap|chargen|snmp|coap|ws-?discovery|middlebox|netbios|rpcbind|tftp)\b/ nocase
        $word = /\bamplif(y|ication|ier)s?\b|\breflect(ion|or)s?\b|\bspoof(ed|ing)?\b/ nocase
        $attack = /\b(ddos|botnet|zombies?|droids?|aliens?|flood(er|ing)?|attack(s|ing)?|stress(er)?)\b/ nocase
        $code = /^(import|from)[ \t]{1,4}\w|#!\/usr\/bin\/(env )?(python|perl|ruby)|\bdef[ \t]{1,4}\w{1,30}\(|add_(option|argument)\(|socket\.SOCK_/
        $defence = /\b(detect(or|ion|s)?|prevent(s|ion)?|mitigat(e|ion)|defen[cs]e|protect(s|ion)?|firewall|block(ed|list|s)?|alert|monitor(ing)?)\b/ nocase
    condition:
        $code and #service > 2 and $word and #attack > 2 and #defence < 6
}

rule flood_bot_herd
{
    meta:
        id = "flood.bot-herd"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "review"
        status = "review"
        description = "A tool keeps lists of hijacked servers and tells them what to attack"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1584/005/"
        lane = "any"
    strings:
        $herd = /\b(zombies?|zombie_?list|droids|aliens|bot_?list|bot_?count|bots_?online|max_?bots|client_?list|netshift|attack_?duration|total_?attack|telnet_?info)\b/ nocase
        $attack = /\b(attack(s|ing|er)?|ddos|flood|target|army|mothership|blackhole|infect(ed)?)\b/ nocase
        $net = /\bnet\.(Conn|Dial|Listen)|socket\.|urllib|requests\.|pycurl|#include[ \t]{1,4}<sys\/socket|database\/sql|http\.server/
        $defence = /\b(detect(or|ion|s)?|prevent(s|ion)?|mitigat(e|ion)|blocklist|alert|honeypot|sinkhole|antivirus|malware)\b/ nocase
    condition:
        #herd > 3 and #attack > 3 and $net and #defence < 5
}
