// Webshells and remote control in Perl, Python, ColdFusion and shell CGI.

rule webshell_cfm_execute
{
    meta:
        id = "webshell.cfm-execute"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A ColdFusion page runs commands"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $execute = /<cfexecute[^>]{0,80}name[ \t]{0,4}=[ \t]{0,4}["']?[^"'>]{0,60}(cmd(\.exe)?|\/bin\/(ba)?sh|#)/ nocase
        $object = /<cfset[^>]{0,60}(Evaluate|CreateObject)[ \t]{0,4}\([^>]{0,60}(java\.lang\.(Runtime|ProcessBuilder)|form\.|url\.)/ nocase
    condition:
        any of them
}

rule webshell_perl_cgi_exec
{
    meta:
        id = "webshell.perl-cgi-exec"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl CGI programme runs the commands that the browser sends"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $perl = /#![^\r\n]{0,30}perl|use CGI|Content-type: text\/html/ nocase
        $param = /param[ \t]{0,4}\([ \t]{0,4}["'](cmd|command|c|exec|run|shell)["']|name=\\?["'](cmd|command)\\?["']|\$in\{["']?(cmd|command|c|a|exec)["']?\}|\$\w{0,6}(form|query|input|params)\w{0,6}\{["']?(cmd|command|c|exec)["']?\}|\$in\{/ nocase
        $environment = /QUERY_STRING|CONTENT_LENGTH|REQUEST_METHOD|use CGI|\$ENV\{/
        $run = /\b(system|exec)[ \t]{0,4}\(?[ \t"]{0,4}\$|open[ \t]{0,4}\([^;\r\n]{0,40}\$\w{1,24}[^;\r\n]{0,30}\|["']|`[^`\r\n]{0,20}\$\w{1,24}[^`\r\n]{0,40}`|qx[{(\/][^;\r\n]{0,30}\$|\beval[ \t{(]{1,4}\$/
        $words = /run command|execute|your command|command(timeout|duration)|\bshell\b|cgi-telnet|commandtimeoutduration/ nocase
        $login = /password/ nocase
    condition:
        $perl and $environment and $param and $run and ($words or $login)
}

rule webshell_perl_bot
{
    meta:
        id = "webshell.perl-bot"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl programme that takes orders over IRC and floods, scans or opens shells"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1071/"
        lane = "any"
    strings:
        $perl = /#![^\r\n]{0,30}perl|use IO::Socket|use Socket/
        $irc = /PRIVMSG|JOIN[ \t]{1,2}\$|NICK[ \t]{1,2}\$|sendraw/
        $flood = /(udp|tcp|http|syn)[ _-]?flood|udpflooder|tcpflooder|pacota|oldpack|attacker/ nocase
        $scan = /portscan|google|multiscan|\bnmap\b|exploit/ nocase
        $shell = /back[ _-]?connect|\bconback|shell\(|`\$\w{1,12}`|system[ \t]{0,4}\(/ nocase
        $hide = /\$0[ \t]{0,2}=[ \t]{0,2}["'$]|\$SIG\{["']?(INT|HUP|TERM|CHLD|PS)["']?\}[ \t]{0,4}=/
    condition:
        $perl and $irc and 2 of ($flood, $scan, $shell, $hide)
}

rule webshell_reverse_shell
{
    meta:
        id = "webshell.reverse-shell"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script connects to a foreign host and gives it a shell"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
        lane = "any"
    strings:
        $perl = /open[ \t]{0,4}\(?[ \t]{0,4}STDIN[ \t]{0,4},[ \t]{0,4}["'](<&|>&)[ \t]{0,4}(SOCK\w{0,4}|SERVER|CONN\w{0,8}|S|SH|C|\$\w{1,10})["']/
        $connect = /\bconnect[ \t]{0,2}\([ \t]{0,2}\w{1,12}[ \t]{0,2},|IO::Socket::INET[ \t]{0,2}->[ \t]{0,2}new|sockaddr_in/
        $perl_run = /(exec|system)[ \t]{0,4}\(?[ \t{"']{0,6}(\/bin\/(ba)?sh|\$\w{1,12})/
        $dev = /(ba)?sh[ \t]{1,4}-i[ \t]{0,4}(>&|<|>|0<|1>)[^\r\n]{0,30}\/dev\/(tcp|udp)\//
        $exec_dev = /exec[ \t]{1,4}\d{1,3}[ \t]{0,2}<>[ \t]{0,2}\/dev\/tcp\//
        $python = /os\.dup2[ \t]{0,4}\([ \t]{0,4}\w{1,12}\.fileno[ \t]{0,4}\(\)[ \t]{0,4},[ \t]{0,4}[012][ \t]{0,4}\)/
        $python_run = /(pty\.spawn|subprocess\.(call|Popen|run)|os\.system|os\.exec\w{1,3})[ \t]{0,4}\([ \t\["']{0,6}\/bin\/(ba)?sh/
        $mkfifo = /mkfifo[ \t]{1,4}[^;|\r\n]{1,40}[;|&][^\r\n]{0,80}\|[ \t]{0,4}(\/bin\/)?(ba)?sh[ \t]{1,4}-i[^\r\n]{0,40}\|[ \t]{0,4}(nc|ncat|telnet|openssl)/
        $nc = /\b(nc|ncat|netcat)[ \t]{1,4}(-\w{1,4}[ \t]{1,4}){0,4}(-e|-c)[ \t]{1,4}\/bin\/(ba)?sh[ \t]{1,4}[\w.$]|\b(nc|ncat)[ \t]{1,4}[\w.]{4,60}[ \t]{1,4}\d{2,5}[ \t]{1,4}-e[ \t]{1,4}\/bin\//
        $php = /proc_open[ \t]{0,4}\([ \t]{0,4}["'$]?(shell|\/bin\/sh|uname -a; w)[^;]{0,40}\$/ nocase
        $fsock = /fsockopen[ \t]{0,4}\([ \t]{0,4}\$/ nocase
        $popen_sock = /(exec|shell_exec|system|popen|proc_open)[ \t]{0,4}\([^;\r\n]{0,40}(<&3|>&3|2>&3)/
    condition:
        ($perl and $perl_run and $connect) or $dev or $exec_dev or ($python and $python_run) or $mkfifo or $nc
        or ($php and $fsock) or ($fsock and $popen_sock)
}

rule webshell_python_cgi_exec
{
    meta:
        id = "webshell.python-cgi-exec"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Python web page runs what the request brings"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $flask = /(os\.(popen|system)|subprocess\.(getoutput|check_output|Popen|run|call)|eval|exec)[ \t]{0,4}\([^\r\n]{0,40}(request\.(args|form|values|get_data|headers|cookies|json)|getvalue|form\[|params\[|self\.get_argument)/
        $form = /=[ \t]{0,4}(form|fs|request)\.(getvalue|getfirst|args\.get|form\.get|values\.get|GET\.get|POST\.get)[ \t]{0,4}\(/
        $run = /(os\.(popen|system)|subprocess\.(getoutput|check_output|Popen|run|call)|commands\.getoutput)[ \t]{0,4}\([ \t\["']{0,4}(cmd|command|c|shell|exec|\w{0,8}cmd)\b/
        $web = /import cgi|cgi\.FieldStorage|from flask|from django|tornado|bottle|web\.input/
    condition:
        $flask or ($web and $form and for any i in (1..#form) : ($run in (@form[i]..@form[i] + 400)))
}
