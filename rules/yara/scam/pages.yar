// Pages that frighten or trick visitors into paying or running something.

rule scam_tech_support
{
    meta:
        id = "scam.tech-support"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page locks the browser, names a known vendor and asks to call a number"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/"
        lane = "page"
    strings:
        $vendor = /microsoft|windows defender|apple (security|support)|macos|norton|mcafee/ nocase
        $fear = /virus|infected|blocked|trojan|spyware|suspicious activity|do not (close|restart|shut)|security (alert|warning)/ nocase
        $phone = /(\+?1[ .-]?)?\(?8(00|44|55|66|77|88)\)?[ .-]?\d{3}[ .-]?\d{4}|\+\d{1,3}[ -]\d{2,5}[ -]\d{3,4}[ -]\d{3,4}|toll[ -]?free/ nocase
        $lock = /onbeforeunload|requestFullscreen|webkitRequestFullScreen|history\.pushState|requestPointerLock|navigator\.keyboard\.lock|while[ \t]{0,2}\([ \t]{0,2}(true|1)[ \t]{0,2}\)[^;]{0,40}alert|onkeydown[^;]{0,60}return false|<audio[^>]{0,80}autoplay/ nocase
        $page = /<html|<body|<!doctype html/ nocase
        $bundle = /webpack|!function\(\w,\w\)\{|sourceMappingURL|\bdefine\.amd\b/
        $call = /call[^<\r\n]{0,60}(support|technician|immediately|now|helpline|number)/ nocase
    condition:
        $page and not $bundle and $vendor and $phone and $call and #fear > 2 and $lock
        and for any i in (1..#call) : (
            $phone in (@call[i]-400..@call[i]+400) and $vendor in (@call[i]-8000..@call[i]+8000) and $fear in (@call[i]-8000..@call[i]+8000)
        )
}

rule scam_paste_and_run
{
    meta:
        id = "scam.paste-and-run"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page copies a command to the clipboard and tells the visitor to paste it into the system"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1204/004/"
        lane = "page"
    strings:
        $page = /<html|<body|<!doctype html/ nocase
        $bundle = /webpack|!function\(\w,\w\)\{|sourceMappingURL|\bdefine\.amd\b/
        $clipboard = /navigator\.clipboard\.writeText|document\.execCommand[ \t]{0,2}\([ \t]{0,2}["']copy["']/
        $command = /powershell|mshta|cmd(\.exe)?[ ]{1,2}\/c|msiexec|curl[ ][^\r\n"'`]{4,80}\|[ ]{0,2}(ba|z)?sh|\biwr\b|base64[ ]-d|osascript/ nocase
        $keys = /Win(dows)?[^<\r\n]{0,30}(\+|&#43;|key)[^<\r\n]{0,30}\bR\b|Ctrl[^<\r\n]{0,20}(\+|&#43;)[^<\r\n]{0,20}V\b|terminal|run dialog/ nocase
        $claim = /verify you are (a )?human|not a robot|captcha|cloudflare|verification (step|id)|fix (it|the (error|problem|issue))|browser update/ nocase
    condition:
        $page and not $bundle and $clipboard and $command and $keys and $claim
}

rule scam_fake_update
{
    meta:
        id = "scam.fake-update"
        clause = "3.1.3.7"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page claims that the browser is out of date and offers a programme"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "page"
    strings:
        $claim = /(chrome|firefox|edge|browser|flash player|adobe flash|\xe6\xb5\x8f\xe8\xa7\x88\xe5\x99\xa8)[^<\r\n]{0,60}(out of date|outdated|update (required|available|is needed)|old version|\xe7\x89\x88\xe6\x9c\xac\xe8\xbf\x87\xe4\xbd\x8e|\xe5\xb7\xb2\xe8\xbf\x87\xe6\x9c\x9f)/ nocase
        $download = /(href|location(\.href)?|src|download)[ \t]{0,2}=[ \t]{0,2}["'][^"'\r\n]{0,160}\.(exe|msi|apk|js|hta|scr|vbs|bat|zip|dmg|iso)["'?]/ nocase
        $auto = /setTimeout|\.click[ \t]{0,2}\(|http-equiv=["']?refresh|window\.onload|location\.href/ nocase
        $agent = /navigator\.userAgent|jsdelivr|gstatic\.com\/chrome|<title>[^<]{0,40}(update|upgrade)/ nocase
    condition:
        all of them
}
