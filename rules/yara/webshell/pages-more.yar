// ASP, JSP and Perl pages that run what they fetched or kept, store what was sent, or read what is not theirs.

rule webshell_asp_remote_run
{
    meta:
        id = "webshell.asp-remote-run"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page fetches code from another server and runs it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $http = /(MSXML2|Microsoft)\.(server)?xmlhttp|winhttp\.winhttprequest/ nocase
        $run = /[^.\w](execute|executeglobal)[ \t(]{1,4}\w{1,24}[ \t)]{0,4}[\r\n%:]/ nocase
        $url = /http:\/\/|chr[ \t]{0,2}\([ \t]{0,2}104[ \t]{0,2}\)/ nocase
        $page = "<%"
    condition:
        all of them and filesize < 4000
}

rule webshell_asp_session_run
{
    meta:
        id = "webshell.asp-session-run"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is kept in the visitor's session and run from there"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $run = /[^.\w](execute|executeglobal|eval)[ \t(]{1,4}session[ \t]{0,4}\(/ nocase
        $page = /<%|runat[ \t]{0,4}=/ nocase
    condition:
        all of them
}

rule webshell_asp_time_forger
{
    meta:
        id = "webshell.asp-time-forger"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page sets the time of change of the files that the request names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $set = /\.Modifydate[ \t]{0,4}=[ \t]{0,4}[\w"]/ nocase
        $shell = /Shell\.Application/ nocase
        $order = /request[ \t]{0,2}[.(]/ nocase
        $page = "<%"
    condition:
        all of them
}

rule webshell_jsp_raw_upload
{
    meta:
        id = "webshell.jsp-raw-upload"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page cuts an upload out of the request by itself and stores it under the sender's name"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $form = /enctype[ \t]{0,4}=[ \t]{0,4}["']multipart\/form-data/ nocase
        $cut = /boundary=/ nocase
        $stream = /getInputStream[ \t]{0,2}\(/
        $file = /new[ \t]{1,4}FileOutputStream[ \t]{0,2}\(/
        $name = /filename/ nocase
        $package = /^[ \t]{0,4}package[ \t]/
        $page = "<%"
    condition:
        $page and $form and $cut and $stream and $file and $name and not $package and filesize < 12000
}

rule webshell_perl_shell_page
{
    meta:
        id = "webshell.perl-shell-page"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl page that calls itself a shell takes commands from a form and runs them"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $perl = /#!\/[^\r\n]{0,40}perl/
        $shell = /web[ _-]?shell|cgi[ _-]?(telnet|shell)/ nocase
        $field = /name[ \t]{0,2}=[ \t]{0,2}\\?["']?(command|cmd|c)\b/ nocase
        $run = /IPC::Open[23]|\bopen[23]?[ \t]{0,4}\([^;\r\n]{0,60}\|["')]|\bopen[23][ \t]{0,4}\(|`\$|\bsystem[ \t]{0,2}\(|\bexec[ \t]{0,2}\(/
    condition:
        $perl and #shell > 2 and $field and $run
}

rule webshell_iis_passwords
{
    meta:
        id = "webshell.iis-passwords"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page reads the accounts and passwords of the web sites of its host"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $base = /IIS:\/\/(localhost|127\.0\.0\.1|["'&. ]{1,6}\$?\w{1,20})/ nocase
        $pass = /Anonymous(User)?Pass|WAMUserPass|UNCPassword/ nocase
        $page = /<\?(php|=|[ \t\r\n])|<%|runat[ \t]{0,4}=/ nocase
    condition:
        all of them and filesize < 60000
}
