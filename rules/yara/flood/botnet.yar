// Programmes that take orders to attack.

rule flood_iot_bot
{
    meta:
        id = "flood.iot-bot"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Source of a bot that spreads over telnet and attacks on command"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $options = /\battack_get_opt_\w{2,6}|\bATK_(OPT|VEC)_\w{2,20}|\btargs_len\b/
        $scanner = /add_auth_entry[ \t]{0,2}\(|\bscanner_(init|kill)\b|\btelnet_info\b|consume_(user|pass)_prompt/
        $busybox = /\/bin\/busybox[ \t]{1,2}[A-Za-z]/
        $defaults = /xc3511|vizxv|7ujMko0\w{4,8}|juantech|hi3518|klv123\d?|Zte521|zlxx\.?|oelinux123|GM8182|xmhdipc/
        $fetch = /(wget|tftp|ftpget)[ \t][^\r\n]{0,80}(chmod[ \t]{1,2}(777|\+x)|\.\/|sh[ \t])/
        $killer = /\bkiller_(init|kill)|watchdog_maintain|prctl[ \t]{0,2}\([ \t]{0,2}PR_SET_NAME|\/dev\/(misc\/)?watchdog/
        $command = /strcmp[ \t]{0,2}\([ \t]{0,2}argv\[0\],[ \t]{0,2}["'](UDP|TCP|STD|HOLD|JUNK|PING|KILLATTK|LOLNOGTFO)/
        $cnc = /maxBots|botCount|clientList\.(Count|QueueBuf|AddClient)|bot_?count|BotsOnline|\[BUILD\]|bots connected|numOfBots/ nocase
        $loader = /ENUM_WGET|UPLOAD_(WGET|TFTP|ECHO)|TELNET_(READ_WRITEABLE|USER_PROMPT|DETECT_ARCH|UPLOAD_METHODS)|BOT_ARCH|\/bins\/\w{2,16}\.(arm|mips|mpsl|x86|sh4|ppc|m68k|spc)/
    condition:
        2 of them or #options > 3 or #scanner > 5 or #defaults > 3 or #loader > 3 or #command > 3
}

rule flood_iot_loader
{
    meta:
        id = "flood.iot-loader"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A programme makes devices fetch and start a bot from whatever folder they can write to"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $folders = /cd \/tmp( |;)?(\|\||;|&&) ?cd \/(var\/run|mnt|root|var|dev|home)[^\r\n"'`]{0,200}(wget|curl|tftp|ftpget)/
        $run = /cd[ +%20]{1,3}\/tmp[;&|+ %\w\/*.-]{0,60}(wget|curl|tftp)[ +%20]{1,3}(-\w[ +]{1,2}\w{0,6}[ +]?){0,3}(http|\$\{?IFS|-g|%68)[^\r\n"'`<>]{4,120}(chmod|sh[ +])/
        $ifs = /(wget|curl|tftp)\$\{?IFS\}?(http|-g|-O|-r)/
        $encoded = /(wget|curl)(\+|%20)(http|-O)[^"'\r\n ]{4,120}(chmod(\+|%20)(777|%2Bx|\+x)|;sh(\+|%20))/
    condition:
        any of them
}

rule flood_bot_builder
{
    meta:
        id = "flood.bot-builder"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script cross-compiles a bot for many processors and puts it up for download"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $arch = /cross-compiler-(mips(el)?|sh4|armv[4-7]\w{0,2}|i[56]86|powerpc(-440fp)?|m68k|sparc|x86_64)/
        $gcc = /(mips|mipsel|sh4|armv\w{1,3}|i586|i686|powerpc|m68k|sparc)-(gcc|linux-gcc|uclibc-gcc)/
        $serve = /tftpboot|bins\.sh|\/var\/www\/html|xinetd|vsftpd|httpd/
        $chmod = /chmod[ \t]{1,2}(777|\+x)[^\r\n]{0,40}(;|&&)[ \t]{0,2}\.?\/?/
    condition:
        (#arch > 3 or #gcc > 3) and $serve and $chmod
}

rule flood_zombie_control
{
    meta:
        id = "flood.zombie-control"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A programme that directs zombies or amplifiers against a target"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $zombie = /\bzombies?\b|\bbotnets?\b|\bbots\b|\bslaves\b/ nocase
        $attack = /\battack(ing|s|ed)?\b|\bflood(er|ing)?\b/ nocase
        $target = /\btarget(s|_ip)?\b|\bvictim\b/ nocase
        $file = /botnet\/\w{2,20}\.txt|(zombies|bots|amplifiers|reflectors|ntp|memcached|ldap|ssdp|dns)[ _-]?(list)?\.txt/ nocase
        $net = /import socket|import requests|from scapy|import pycurl|import threading|net\.Dial|socket\(AF_INET/
        $amplify = /amplif(y|ication|ier)|reflect(or|ion|ed)/ nocase
    condition:
        $net and ((#zombie > 3 and #attack > 2 and #target > 2) or ($file and $attack and $target) or (#amplify > 1 and #attack > 1 and #target > 1))
}

rule flood_stresser_panel
{
    meta:
        id = "flood.stresser-panel"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Web panel that sells or runs attacks against addresses"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $form = /<(input|select)[^>]{0,120}name[ \t]{0,2}=[ \t]{0,2}["']?(method|host|ip|target|port|time)\b/ nocase
        $methods = /\b(LDAP|NTP|SSDP|CLDAP|DNS|CHARGEN|MEMCACHED|UDP-?BYPASS|TCP-?AMP|OVH|NFO|VSE|HTTP-?(GET|POST|FLOOD)|CF-?BYPASS|HOME-?(DUDP|KILL)|STD-?HEX|XSYN|SYN-?ACK|JOOMLA|XMLRPC)\b/
        $words = /booter|stresser|ip ?stress|max ?boot ?time|boot time|concurrents?|attack (log|hub|time|sent)|stop attack|launch attack|send attack/ nocase
        $query = /(insert into|from)[ `]{1,2}(logs|attacks|booterlogs|servers|methods|plans)\b/ nocase
        $page = /<\?php|<html|<form|<select|require\(|import /
    condition:
        filesize < 400KB and $page and ((#methods > 3 and 2 of ($form, $words, $query)) or (#words > 3 and $form and ($query or $methods)))
        and ((for any i in (1..#methods) : ($words in (@methods[i]-12000..@methods[i]+12000) and ($form in (@methods[i]-12000..@methods[i]+12000) or $query in (@methods[i]-12000..@methods[i]+12000))))
            or (for any i in (1..#words) : ($form in (@words[i]-12000..@words[i]+12000))))
}
