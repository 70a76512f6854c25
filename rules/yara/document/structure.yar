// Documents that act when they are opened.

rule document_rtf_equation_object
{
    meta:
        id = "document.rtf-equation-object"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A rich text file carries an equation object in hexadecimal that is updated when it is opened"
        author = "aup-scanner authors"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2017-11882"
        lane = "any"
    strings:
        $rtf = "{\\rt"
        $object = "\\objdata" nocase
        $equation = /4571756174696f6e2e33|4f4c45324c696e6b|\\objclass[ \t]{1,2}Equation\.3/ nocase
        $update = /\\objupdate|\\objautlink/ nocase
        $clsid = /02ce020000000000c000000000000046|0003000c0000000000c000000000000046|e0c9ea79f9bace118c8200aa004ba90b/ nocase
    condition:
        $rtf at 0 and $object and ($equation or $clsid) and ($update or $clsid or #object > 0)
}

rule document_macro_runs_command
{
    meta:
        id = "document.macro-runs-command"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A macro that runs by itself starts commands or fetches files"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
        lane = "script"
    strings:
        $auto = /Sub[ \t]{1,3}(Auto_?(Open|Exec|Close)|Document_(Open|Close|New)|Workbook_(Open|Activate))[ \t]{0,2}\(/ nocase
        $shell = /\bShell[ \t]{0,2}\(?[ \t]{0,2}["'\w]|WScript\.Shell|Shell\.Application|Win32_Process|ShellExecute/ nocase
        $fetch = /URLDownloadToFile|MSXML2\.|WinHttp|Microsoft\.XMLHTTP|DownloadFile|DownloadString/ nocase
        $command = /powershell|cmd(\.exe)?[ \t"]{1,3}\/c|mshta|rundll32|regsvr32|certutil|wscript|cscript/ nocase
        $build = /(chrw?\(\d{1,3}\)[ \t]{0,2}&[ \t]{0,2}){4}|StrReverse|Environ[ \t]{0,2}\([ \t]{0,2}"(temp|appdata|userprofile|public)/ nocase
        $page = /<html|<!doctype html/ nocase
    condition:
        not $page and $auto and $shell and ($fetch or $command or $build)
}

rule document_excel4_macro
{
    meta:
        id = "document.excel4-macro"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An old-style spreadsheet macro calls the system"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1137/"
        lane = "any"
    strings:
        $call = /CALL\([ \t]{0,2}"(urlmon|kernel32|shell32)"/ nocase
        $exec = /EXEC\([ \t]{0,2}"(cmd|powershell|mshta|rundll32|regsvr32|wmic)/ nocase
        $download = /URLDownloadToFile[AW]?/
        $register = /REGISTER\([ \t]{0,2}"(urlmon|kernel32|shell32)"/ nocase
        $sheet = /macrosheets\/|xl\/macrosheets|<xm:macrosheet/
        $auto = /_xlnm\.Auto_Open|Auto_Open/ nocase
    condition:
        $call or $exec or ($register and $download) or ($sheet and $auto and ($download or $register))
}

rule document_pdf_launch
{
    meta:
        id = "document.pdf-launch"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A PDF starts a programme or runs hidden script when it is opened"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
        lane = "any"
    strings:
        $pdf = "%PDF-"
        $launch = /\/Launch[ \t\r\n]{0,4}(\/|<<)/
        $command = /\/F[ \t]{0,2}\([^)]{0,60}(cmd|powershell|mshta|\.exe|\.bat|\.vbs|\.hta|\.js)|\/Win[ \t\r\n]{0,4}<</ nocase
        $open = /\/OpenAction|\/AA[ \t\r\n]{0,4}<</
        $script = /\/JavaScript|\/JS[ \t\r\n]{0,4}[(<]/
        $spray = /unescape[ \t]{0,2}\([ \t]{0,2}["']%u|util\.printf[ \t]{0,2}\([ \t]{0,2}["']%4|Collab\.(collectEmailInfo|getIcon)|media\.newPlayer|exportDataObject[ \t]{0,2}\([^)]{0,80}nLaunch|app\.launchURL[ \t]{0,2}\(/
    condition:
        $pdf in (0..1024) and (($launch and $command) or ($open and $script and $spray))
}

rule document_remote_template
{
    meta:
        id = "document.remote-template"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "An Office document loads its template or an object from a foreign server"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1221/"
        lane = "any"
    strings:
        $template = /attachedTemplate"[^>]{0,40}Target="https?:\/\/[^"]{4,200}"[^>]{0,40}TargetMode="External"/ nocase
        $template_back = /Target="https?:\/\/[^"]{4,200}"[^>]{0,80}attachedTemplate"/ nocase
        $object = /relationships\/oleObject"[^>]{0,40}Target="(mhtml:)?https?:\/\/[^"]{4,200}/ nocase
        $mhtml = /Target="mhtml:https?:|ms-msdt:\/id|ms-search:/ nocase
    condition:
        any of them
}

rule document_dde_command
{
    meta:
        id = "document.dde-command"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A field of a document starts a command interpreter"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1559/002/"
        lane = "any"
    strings:
        $dde = /DDE(AUTO)?[ \t"\\]{1,8}[^\r\n<]{0,80}(cmd(\.exe)?|powershell|mshta|rundll32|regsvr32)/ nocase
        $formula = /[=+@*-](cmd|powershell|mshta|rundll32|regsvr32)\|[ \t]{0,2}['"][ \t]{0,2}\/?[ckw-]/ nocase
        $instruction = /<w:instrText[^>]{0,60}>[^<]{0,20}DDE(AUTO)?\b/ nocase
        $python = /\n(import|from)[ ]\w{2,20}[\r\n ]/
    condition:
        not $python and any of ($dde, $formula, $instruction)
}

rule document_shortcut_command
{
    meta:
        id = "document.shortcut-command"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A shortcut file starts an interpreter with a programme in its arguments"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
        lane = "any"
    strings:
        $head = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $powershell = "powershell" ascii wide nocase
        $mshta = "mshta" ascii wide nocase
        $cmd = "cmd.exe" ascii wide nocase
        $arguments = /-(e|enc|nop|w|windowstyle|ep|command|c)[ \t]/ wide ascii nocase
        $url = "http" ascii wide nocase
        $hidden = "hidden" ascii wide nocase
        $script = /\.(js|vbs|hta|ps1|dll)\b/ wide ascii nocase
    condition:
        $head at 0 and (($powershell and $arguments and ($url or $hidden)) or ($mshta and $url) or ($cmd and $script and ($url or $hidden)))
}

rule document_svg_script
{
    meta:
        id = "document.svg-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A vector image decodes script and sends the viewer elsewhere"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/017/"
        lane = "any"
    strings:
        $svg = /<svg[ \t\r\n>]/ nocase
        $script = /<script/ nocase
        $decode = /\batob[ \t]{0,2}\(|String\.fromCharCode[ \t]{0,2}\(|decodeURIComponent[ \t]{0,2}\(|charCodeAt|parseInt[ \t]{0,2}\([^)]{1,30},[ \t]{0,2}16/
        $go = /(window|top|self|document)?\.?location(\.href|\.replace)?[ \t]{0,2}(=|\()|createElementNS?[ \t]{0,2}\([^)]{0,60}iframe|new Function|\beval[ \t]{0,2}\(/
        $html = /<html|<!doctype html|<\?php/ nocase
    condition:
        $svg in (0..2048) and $script and $decode and $go and not $html
}
