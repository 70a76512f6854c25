// Webshells in classic ASP.

rule webshell_asp_run_request
{
    meta:
        id = "webshell.asp-run-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Classic ASP evaluates a value of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $run = /\b(eval|execute|executeglobal)[ \t]{0,8}[( \t"&+]{1,8}[ \t("&+]{0,8}request\b[ \t]{0,4}[.(\[]/ nocase
        $call = /[\s:>%](execute|executeglobal|eval)([ \t]{0,4}\(|[ \t]{1,4})[ \t]{0,4}(strreverse[ \t]{0,2}\(|unescape[ \t]{0,2}\()?\w{1,20}[ \t]{0,4}\)?\)?[ \t]{0,4}[\r\n:%'"]/ nocase
        $read = /\w{1,20}[ \t]{0,4}=[ \t]{0,4}(trim[ \t]{0,4}\()?[ \t]{0,4}request[ \t]{0,4}[.(]/ nocase
        $paired = /request(\.form)?[ \t]{0,4}\([^)\r\n]{1,20}\)[^;\r\n]{0,60}[:,][ \t]{0,4}eval\b[^;\r\n]{0,80}\}/ nocase
        $control = /\.(addcode|executestatement)[ \t(]{1,4}[^\r\n]{0,20}request[ \t]{0,4}[.(]/ nocase
    condition:
        $run or $paired or $control or for any i in (1..#call) : ($read in (@call[i] - 250..@call[i]))
}

rule webshell_asp_run_decoded
{
    meta:
        id = "webshell.asp-run-decoded"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Classic ASP evaluates text that it has decoded or put together"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $decode = /\b(execute|executeglobal|eval)[ \t]{0,4}\(?[ \t]{0,4}(unescape|strreverse|\w{0,12}(decode|decrypt|coder|unpack|deco))[ \t]{0,4}\([ \t]{0,4}["\w(]/ nocase
        $literal = /\b(execute|executeglobal)[ \t]{0,4}\(?[ \t]{0,4}\w{1,30}[ \t]{0,4}\([ \t]{0,4}"[^"\r\n]{12,}/ nocase
        $chars = /chrw?[ \t]{0,4}\([ \t]{0,4}(114|&h72)[ \t]{0,4}\)[ \t]{0,4}[&+][ \t]{0,4}chrw?[ \t]{0,4}\([ \t]{0,4}(101|&h65)[ \t]{0,4}\)[ \t]{0,4}[&+][ \t]{0,4}chrw?[ \t]{0,4}\([ \t]{0,4}(113|&h71)[ \t]{0,4}\)|chrw?[ \t]{0,4}\([ \t]{0,4}101[ \t]{0,4}\)[ \t]{0,4}[&+][ \t]{0,4}chrw?[ \t]{0,4}\([ \t]{0,4}(118|120)[ \t]{0,4}\)[ \t]{0,4}[&+][ \t]{0,4}chrw?[ \t]{0,4}\([ \t]{0,4}(97|101)[ \t]{0,4}\)/ nocase
        $reversed = /tseuqer[ \t%20]{0,4}(lave|etucexe|labolgetucexe)|tcejboetaerc\.revres|llehs\.tpircsw|tcejbometsyselif\.gnitpircs/ nocase
        $shifted = /Tfswfs\/DsfbufPckfdu|fwbm[ !"]{0,3}sfrvftu|fyfdvuf[ !"]{0,3}sfrvftu|dszz[a-z]{0,4}qdptdrs/ nocase
        $escaped = /eval%20request|execute%20request|%65%76%61%6c|e@@v|eva@@l|%u0065%u0076%u0061%u006c/ nocase
        $replaced = /=[ \t]{0,4}"[^"\r\n]{0,12}e[^\w\r\n"]{0,3}x?\w{0,3}[^"\r\n]{10,200}"[ \t\r\n:]{1,8}\w{1,12}[ \t]{0,4}=[ \t]{0,4}replace[ \t]{0,4}\([^\r\n]{1,40}\)[ \t\r\n:]{1,8}(execute|eval)/ nocase
        $page = /<%|runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
        $php = /<\?php/ nocase
        $vb = /\b(dim[ \t]\w|end (if|function|sub)\b|server\.createobject|response\.write|wscript\.)|<%[ \t\r\n=:]{0,6}(execute|eval|<!--)/ nocase
    condition:
        $page and $vb and not $php and any of ($decode, $literal, $chars, $reversed, $shifted, $escaped, $replaced)
}

rule webshell_asp_shell_object
{
    meta:
        id = "webshell.asp-shell-object"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Classic ASP runs commands through the Windows shell on behalf of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $object = "wscript.shell" nocase
        $class = "72C24DD5-D70A-438B-8A42-98424B88AFB8" nocase
        $class_net = "F935DC22-1CF0-11D0-ADB9-00C04FD58A0B" nocase
        $class_app = "13709620-C279-11CE-A49E-444553540000" nocase
        $split = /"w"?&"?s"?&?"?cript\.|wscript\."[ \t]{0,4}&|"ws"[ \t]{0,4}&/ nocase
        $command = /cmd(\.exe)?[ ]?\/c|%comspec%|cmd\.exe|net (user|localgroup)|\\cmd/ nocase
        $run = /\.exec[ \t]{0,4}\(|\.run[ \t]{0,4}\(?[ \t]{0,4}\w|shellexecute/ nocase
        $files = "scripting.filesystemobject" nocase
        $request = /request[ \t]{0,4}(\.\w{4,16})?[ \t]{0,4}\(/ nocase
        $page = /<%|runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
    condition:
        $page and (
            ($object and $command and $request)
            or ($class and ($class_net or $class_app or $run or $request))
            or (($object or $split) and $run and $request and $files)
        )
}

rule webshell_asp_encoded_panel
{
    meta:
        id = "webshell.asp-encoded-panel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Encoded ASP with a password and a banner of its own"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $encoded = "#@~^"
        $password = /user_?pass[ \t]{0,4}=|clientpassword|pass(word)?[ \t]{0,4}=[ \t]{0,4}"/ nocase
        $timeout = /scripttimeout[ \t]{0,4}=[ \t]{0,4}(9{4,}|7200|2147483647)/ nocase
        $class = "72C24DD5-D70A-438B-8A42-98424B88AFB8" nocase
        $banner = /(mname(title)?|mmname|mmshell|copyright|siteurl|welcome|sessionname|bgcolor|title)[ \t]{0,4}=[ \t]{0,4}"/ nocase
    condition:
        $encoded and ($class or ($password and ($timeout or $banner)) or ($timeout and $banner))
}

rule webshell_asp_write_request
{
    meta:
        id = "webshell.asp-write-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Classic ASP writes a file whose name and content come with the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $create = /createtextfile[ \t]{0,4}\(?[ \t]{0,4}(server\.mappath[ \t]{0,4}\([ \t]{0,4})?(request|\w{0,10}path|\w{0,10}file\w{0,5}|lp|\w{1,2})[ \t]{0,4}[(.,)]/ nocase
        $written = /\.write(line)?[ \t(]{1,4}(request|\w{0,12}data|\w{0,4}da|content|\w{1,4}text)\b/ nocase
        $names = /request[ \t]{0,4}(\.form)?[ \t]{0,4}\("(\w{0,12}path|\w{0,12}data|cyfddata|syfdpath|da|text)"\)/ nocase
        $stream = "savetofile" nocase
        $script = /(savetofile|createtextfile)[ \t(]{1,4}[^\r\n]{0,20}(server\.mappath[ \t]{0,4}\([ \t]{0,4})?["'][^"'\r\n]{1,40}\.(asp|asa|cer|aspx|php|jsp)["']/ nocase
        $direct = /\.(write|writetext)[ \t(]{1,4}request[ \t]{0,4}[.(]/ nocase
        $fetched = /\.write[ \t(]{1,4}\w{1,20}\.responsebody/ nocase
        $shown = /request\.servervariables[ \t]{0,4}\([ \t]{0,4}"(script_name|path_translated|url)"|server\.mappath[ \t]{0,4}\([ \t]{0,4}request/ nocase
    condition:
        ($create and $written and $names and $shown)
        or ($script and ($direct or $fetched))
        or ($direct and ($create or $stream) and #names > 1)
}
