// Scripts that fetch and start programmes on Windows.

rule dropper_powershell_hidden_download
{
    meta:
        id = "dropper.powershell-hidden-download"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PowerShell fetches code from afar and runs it in a hidden window"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1105/"
        lane = "script"
    strings:
        $fetch = /\.Download(File|String|Data)[ \t]{0,2}\(|Invoke-WebRequest|\biwr\b|Start-BitsTransfer|Invoke-RestMethod|\birm\b|Net\.WebClient/ nocase
        $hidden = /-w(indowstyle)?[ \t]{1,3}("|')?(hidden|hid|h|1)\b/ nocase
        $run = /\bIEX\b|Invoke-Expression|Start-Process|&[ \t]{0,2}\(?\$env:|\.Invoke\(|saps\b|Invoke-Item/ nocase
        $shell = /powershell|pwsh/ nocase
        $url = /https?:\/\/|h['"+ ]{1,4}t['"+ ]{1,4}t/ nocase
    condition:
        $shell and $hidden and $fetch and $run and $url
}

rule dropper_powershell_encoded
{
    meta:
        id = "dropper.powershell-encoded"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A command line hands PowerShell a long encoded programme"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1059/001/"
        lane = "script"
    strings:
        $encoded = /powershell(\.exe)?["']?[ \t][^\r\n]{0,200}-e(nc|ncodedcommand|n|c)?[ \t]{1,3}["']?[A-Za-z0-9+\/]{160}/ nocase
        $quiet = /-nop(rofile)?\b|-noni(nteractive)?\b|-w(indowstyle)?[ \t]{1,3}["']?(hidden|h|1)\b|-(ep|exec|executionpolicy)[ \t]{1,3}bypass/ nocase
    condition:
        $encoded and $quiet
}

rule dropper_powershell_memory_loader
{
    meta:
        id = "dropper.powershell-memory-loader"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PowerShell loads a programme from a string into memory"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1620/"
        lane = "script"
    strings:
        $load = /Reflection\.Assembly\]::Load[ \t]{0,2}\(/ nocase
        $decode = /FromBase64String|GzipStream|DeflateStream/ nocase
        $alloc = /VirtualAlloc/
        $delegate = /GetDelegateForFunctionPointer|CreateThread|CreateRemoteThread|QueueUserAPC/
        $shell = /powershell|\[Convert\]|\$env:|New-Object|\[System\.|param[ \t]{0,2}\(/ nocase
        $amsi = /amsiInitFailed|AmsiUtils|AmsiScanBuffer|amsi\.dll/ nocase
        $invoke = /\.EntryPoint\.Invoke|\.Invoke[ \t]{0,2}\([ \t]{0,2}\$null/ nocase
        $patch = /SetValue[ \t]{0,2}\(|VirtualProtect|Marshal\]::(Copy|WriteByte)/ nocase
    condition:
        $shell and (($load and $decode and $invoke) or ($alloc and $delegate and $decode) or ($amsi and $patch))
}

rule dropper_wscript_download
{
    meta:
        id = "dropper.wscript-download"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script for the Windows script host fetches a file, stores it and starts it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1105/"
        lane = "script"
    strings:
        $http = /MSXML2\.(Server)?XMLHTTP|Microsoft\.XMLHTTP|WinHttp\.WinHttpRequest/ nocase
        $stream = "ADODB.Stream" nocase
        $save = "SaveToFile" nocase
        $run = /WScript\.Shell|Shell\.Application|\.Run[ \t]{0,2}\(|ShellExecute/ nocase
        $temp = /%temp%|%appdata%|ExpandEnvironmentStrings|GetSpecialFolder|\\Temp\\|%public%/ nocase
        $asp = /<%|Server\.CreateObject|Server\.MapPath/ nocase
        $python = /\n(import|from)[ ]\w{2,20}[\r\n ]/
    condition:
        $http and $stream and $save and $run and ($temp or #run > 1) and not $asp and not $python
}

rule dropper_wscript_hidden
{
    meta:
        id = "dropper.wscript-hidden"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script builds the names of Windows objects from pieces or codes and runs what it decodes"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1059/005/"
        lane = "script"
    strings:
        $object = /(new[ \t]ActiveXObject|CreateObject|GetObject)[ \t]{0,2}\([ \t]{0,2}(["']?\w{1,20}["']?[ \t]{0,2}[+&][ \t]{0,2}["'\w]|\w{1,20}[ \t]{0,2}\(|unescape|String\.fromCharCode|chr[ \t]{0,2}\()/ nocase
        $codes = /String\.fromCharCode[ \t]{0,2}\([^)]{60}|(chrw?\(\d{1,3}[^)]{0,12}\)[ \t]{0,2}[&+][ \t]{0,2}){8}/ nocase
        $run = /\beval[ \t]{0,2}\(|\bexecute(global)?[ \t(]|\.run[ \t]{0,2}\(|this\[["']?\w{1,20}/ nocase
        $host = /WScript|ActiveXObject|CreateObject/
        $asp = /<%|Server\.CreateObject|<html|document\./ nocase
    condition:
        $host and $object and $codes and $run and not $asp
}

rule dropper_html_application
{
    meta:
        id = "dropper.html-application"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An HTML application starts a command interpreter"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1218/005/"
        lane = "script"
    strings:
        $hta = /<hta:application|application\/hta/ nocase
        $script = /<script[^>]{0,60}(vbscript|jscript|javascript)/ nocase
        $object = /WScript\.Shell|Shell\.Application|ActiveXObject|GetObject[ \t]{0,2}\([ \t]{0,2}["'](winmgmts|new:)/ nocase
        $run = /powershell|cmd(\.exe)?[ \t"']{1,3}\/[ck]|mshta|rundll32|certutil|bitsadmin|\.Run[ \t]{0,2}\(?[ \t]{0,2}["']/ nocase
        $close = /window\.close|self\.close|window\.(resizeTo|moveTo)/ nocase
    condition:
        $script and $object and $run and ($hta or $close)
}

rule dropper_borrowed_tool
{
    meta:
        id = "dropper.borrowed-tool"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script fetches and starts code with tools that Windows brings along"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1218/"
        lane = "script"
    strings:
        $certutil = /certutil(\.exe)?[ \t][^\r\n]{0,60}-(urlcache|decode)[^\r\n]{0,160}/ nocase
        $bits = /bitsadmin(\.exe)?[ \t][^\r\n]{0,80}\/transfer[^\r\n]{0,160}https?:/ nocase
        $regsvr = /regsvr32(\.exe)?[ \t][^\r\n]{0,60}\/i:["']?https?:/ nocase
        $mshta = /mshta(\.exe)?[ "']{1,3}(https?:|vbscript:|javascript:)/ nocase
        $rundll = /rundll32(\.exe)?[ "']{1,3}javascript:/ nocase
        $batch = /@echo off|WScript\.|CreateObject|cmd(\.exe)?[ "']{1,3}\/c|Shell[ \t]{0,2}\(|<script/ nocase
        $start = /\bstart[ \t]{1,3}["'%\w]|&&|%temp%|%appdata%|-windowstyle hidden|\.exe\b/ nocase
    condition:
        ($regsvr or $rundll or $mshta or $bits or $certutil) and $batch and $start and ($certutil and ($bits or #certutil > 1 or $start) or $bits or $regsvr or $mshta or $rundll)
}

rule dropper_html_smuggling
{
    meta:
        id = "dropper.html-smuggling"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page builds a programme or archive out of its own text and hands it to the visitor"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/006/"
        lane = "script"
    strings:
        $payload = /["'`](TVqQAA|TVpQAA|UEsDB|UmFyI|N3q8r|TVNDRg|AAAAAA.{0,8}Q0QwMD)[A-Za-z0-9+\/=]{200}/
        $decode = /\batob[ \t]{0,2}\(|base64ToArrayBuffer|Uint8Array|charCodeAt/
        $blob = /new[ \t]Blob[ \t]{0,2}\(|msSaveOrOpenBlob|createObjectURL/
        $click = /\.click[ \t]{0,2}\([ \t]{0,2}\)|\.download[ \t]{0,2}=|msSaveOrOpenBlob|location\.href/
        $page = /<script|<svg|<html/ nocase
    condition:
        all of them
}

rule dropper_script_letters
{
    meta:
        id = "dropper.script-letters"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script carries its code as single letters, with a filler between the letters or backwards"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $letters = /(["'](\\x[0-9a-f]{2}|[^"'\\\r\n])?["'][ \t]{0,2},[ \t]{0,2}){24}/
        $ends = /["'](;|\\x3b)["'][ \t]{0,2},/
        $spelled = /f[^\w\s"']{1,4}u[^\w\s"']{1,4}n[^\w\s"']{1,4}c[^\w\s"']{1,4}t[^\w\s"']{1,4}i[^\w\s"']{1,4}o[^\w\s"']{1,4}n[^\w\s"']{1,4}/
        $backwards = /n[^\w\s"']{0,4}o[^\w\s"']{0,4}i[^\w\s"']{0,4}t[^\w\s"']{0,4}c[^\w\s"']{0,4}n[^\w\s"']{0,4}u[^\w\s"']{0,4}f/
        $return = /n[^\w\s"']{0,4}r[^\w\s"']{0,4}u[^\w\s"']{0,4}t[^\w\s"']{0,4}e[^\w\s"']{0,4}r[ .;{]/
        $run = /\beval\b|\bFunction\b|@cc_on|constructor|WScript|fromCharCode/
    condition:
        $run and (($letters and #ends > 8) or #spelled > 1 or ($backwards and $return))
}
