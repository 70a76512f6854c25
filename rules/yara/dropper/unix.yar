// Scripts that fetch and start programmes on Unix, and package code that does.

rule dropper_sh_encoded_run
{
    meta:
        id = "dropper.sh-encoded-run"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A shell script decodes a long string and pipes it into an interpreter"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1140/"
        lane = "script"
    strings:
        $pipe = /echo[ \t]{1,3}(-n[ \t]{1,3})?["']?[A-Za-z0-9+\/=]{80,4000}["']?[ \t]{0,3}\|[ \t]{0,3}base64[ \t]{1,3}(-d|-D|--decode)[ \t]{0,3}\|[ \t]{0,3}(sudo[ \t]{1,3})?(ba|z|da)?sh\b/
        $here = /base64[ \t]{1,3}(-d|-D|--decode)[ \t]{0,3}<<<[ \t]{0,3}["']?[A-Za-z0-9+\/=]{80}/
        $eval = /eval[ \t]{1,3}["']?(\$\(|`)[ \t]{0,3}echo[ \t]{1,3}["']?[A-Za-z0-9+\/=]{80}/
        $python = /echo[ \t]{1,3}["']?[A-Za-z0-9+\/=]{80,4000}["']?[ \t]{0,3}\|[ \t]{0,3}base64[ \t]{1,3}(-d|-D|--decode)[ \t]{0,3}\|[ \t]{0,3}(python|perl|php)/
    condition:
        any of them
}

rule dropper_cron_fetch
{
    meta:
        id = "dropper.cron-fetch"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A timer entry fetches a script from afar and runs it again and again"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1053/003/"
        lane = "script"
    strings:
        $line = /[\d*\/,-]{1,8}([ \t]{1,2}[\d*\/,-]{1,8}){4}[ \t]{1,4}(root[ \t]{1,4})?[^\r\n]{0,40}(curl|wget)[ \t][^\r\n]{4,200}\|[ \t]{0,3}(ba|da)?sh\b/
        $reboot = /@(reboot|hourly|daily)[ \t]{1,4}[^\r\n]{0,40}(curl|wget)[ \t][^\r\n]{4,200}\|[ \t]{0,3}(ba|da)?sh\b/
        $into = /crontab[ \t]{1,3}-|\/etc\/cron|\/var\/spool\/cron|>>/
    condition:
        ($line or $reboot) and $into
}

rule dropper_sh_hidden_binary
{
    meta:
        id = "dropper.sh-hidden-binary"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script puts a programme into a hidden or volatile folder, starts it and wipes its traces"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1105/"
        lane = "script"
    strings:
        $fetch = /(curl|wget)[ \t][^\r\n]{4,200}/
        $where = /(\/tmp|\/var\/tmp|\/dev\/shm)\/\.[\w.-]{1,30}|\/dev\/shm\/[\w.-]{1,30}/
        $start = /chmod[ \t]{1,3}(\+x|7[57][57]|a\+x)[^\r\n]{0,80}/
        $background = /nohup[ \t][^\r\n]{0,120}&|>[ \t]{0,2}\/dev\/null[ \t]{1,3}2>&1[ \t]{0,3}&|setsid[ \t]/
        $wipe = /history[ \t]{1,3}-c|unset[ \t]{1,3}HISTFILE|HISTFILE=\/dev\/null|rm[ \t]{1,3}-r?f[ \t]{1,3}["']?\$0|rm[ \t]{1,3}-rf?[ \t]{1,3}\/var\/log|chattr[ \t]{1,3}\+i/
    condition:
        $fetch and $where and $start and ($background or $wipe)
}

rule dropper_python_remote_code
{
    meta:
        id = "dropper.python-remote-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Python runs code that it fetches or unwraps on the spot"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1059/006/"
        lane = "script"
    strings:
        $remote = /\b(exec|eval)[ \t]{0,2}\([ \t]{0,2}(compile[ \t]{0,2}\([ \t]{0,2})?(requests\.get|urlopen|urllib\.request\.urlopen|urllib2?\.urlopen|__import__\(["'](requests|urllib))/
        $wrapped = /\b(exec|eval)[ \t]{0,2}\([ \t]{0,2}(zlib\.decompress|lzma\.decompress|marshal\.loads|bz2\.decompress|__import__\(["'](base64|zlib|marshal|codecs))[^\r\n]{0,60}(b64decode|decompress|loads|decode)[ \t]{0,2}\(/
        $literal = /\b(exec|eval)[ \t]{0,2}\([ \t]{0,2}(base64|codecs|binascii)\.(b64decode|b32decode|a85decode|decode|unhexlify)[ \t]{0,2}\([ \t]{0,2}[bru]{0,2}["'][A-Za-z0-9+\/=\\]{40}/
        $fernet = /\bexec[ \t]{0,2}\([ \t]{0,2}Fernet[ \t]{0,2}\([^\r\n]{0,80}\.decrypt[ \t]{0,2}\(/
        $payload = /(b64decode|b85decode|decompress|loads)[ \t]{0,2}\([ \t]{0,2}[bru]{0,2}["'][A-Za-z0-9+\/=\\]{60}/
        $named = /=[ \t]{0,2}[bru]{0,2}["'](eJ[wxyz]|H4sI|QlpoO|4wAAAA)[A-Za-z0-9+\/=]{60}/
    condition:
        $remote or $literal or $fernet or ($wrapped and ($payload or $named))
}

rule dropper_node_remote_code
{
    meta:
        id = "dropper.node-remote-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A Node.js package runs a fetched programme or decoded text when it is installed"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1195/002/"
        lane = "script"
    strings:
        $hook = /"(pre|post)?install"[ \t]{0,2}:[ \t]{0,2}"[^"\r\n]{0,120}(curl[ ][^"]{0,100}\|[ ]?(ba)?sh|wget[ ][^"]{0,100}(&&|;)[ ]?(sh|chmod|\.\/)|powershell|node -e)/
        $eval = /\beval[ \t]{0,2}\([ \t]{0,2}(Buffer\.from[ \t]{0,2}\([^)]{20,4000},[ \t]{0,2}["'](base64|hex)["']\)|atob[ \t]{0,2}\([ \t]{0,2}["'][A-Za-z0-9+\/=]{80})/
        $exec = /(child_process["']?\)\.exec(Sync)?|\bexec(Sync)?)[ \t]{0,2}\([ \t]{0,2}["'`](curl|wget|powershell)[ ][^"'`\r\n]{8,200}(\|[ ]?(ba)?sh|chmod \+x|-w(indowstyle)? hidden|Invoke-Expression|IEX)/ nocase
        $function = /new Function[ \t]{0,2}\([^)]{0,40}(Buffer\.from|atob)[ \t]{0,2}\(/
    condition:
        any of them
}
