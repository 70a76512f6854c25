// ASP.NET, classic ASP and Perl pages that act for whoever asks.

rule webshell_aspx_file_browser
{
    meta:
        id = "webshell.aspx-file-browser"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An ASP.NET page walks the drives of the server and reads, changes or deletes what is asked for"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import)/ nocase
        $drives = /GetLogicalDrives|DriveInfo\.GetDrives/ nocase
        $walk = /new[ \t]{1,4}DirectoryInfo[ \t]{0,4}\(|Directory\.Get(Files|Directories|FileSystemEntries)|\.Get(Files|Directories)[ \t]{0,4}\(/ nocase
        $asked = /Request(\.(Params|QueryString|Form))?[ \t]{0,2}[\[(][ \t]{0,2}"|\.Text\b/ nocase
        $acts = /File\.(Delete|Copy|Move|Create|Open\w{0,5}|ReadAll\w{1,6}|WriteAll\w{1,6})[ \t]{0,2}\(|\.Delete[ \t]{0,2}\(|(Response\.|Transmit)(WriteFile|File)|TransmitFile|SaveAs[ \t]{0,2}\(|new[ \t]{1,4}(StreamWriter|FileStream|FileInfo)/ nocase
    condition:
        $page and $drives and $walk and $asked and $acts
}

rule webshell_aspx_writable_scan
{
    meta:
        id = "webshell.aspx-writable-scan"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An ASP.NET page tries in every folder of a drive whether it may write there"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import)/ nocase
        $recurse = /\.GetDirectories[ \t]{0,4}\(|Directory\.GetDirectories/ nocase
        $try = /File\.(Create|WriteAllText|Open)[ \t]{0,4}\([^;\r\n]{0,80}(\+|\\\\)|Directory\.CreateDirectory[ \t]{0,4}\([^;\r\n]{0,60}\+[^;\r\n]{0,6}"/ nocase
        $undo = /(File|Directory)\.Delete[ \t]{0,4}\([^;\r\n]{0,80}(\+|\\\\)/ nocase
        $catch = /catch[ \t\r\n]{0,8}(\([^)]{0,40}\))?[ \t\r\n]{0,8}\{[ \t\r\n]{0,16}\}/ nocase
        $box = /new[ \t]{1,4}DirectoryInfo[ \t]{0,4}\([ \t]{0,4}(\w{1,30}\.Text|Request)/ nocase
    condition:
        $page and $recurse and $try and $undo and ($catch or $box)
}

rule webshell_asp_drop_request
{
    meta:
        id = "webshell.asp-drop-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Classic ASP stores text of the request in a file that the request names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $create = /\.(createtextfile|opentextfile|savetofile)[ \t]{0,4}\(?[ \t]{0,4}(server\.mappath[ \t]{0,4}\([ \t]{0,4})?request[ \t]{0,2}[.(]/ nocase
        $write = /\.(write|writeline|writetext)[ \t(]{1,4}(""[ \t]{0,2}&[ \t]{0,2})?request[ \t]{0,2}[.(]/ nocase
        $object = /scripting\.filesystemobject|adodb\.stream/ nocase
        $page = /<%/
    condition:
        $page and $object and $create and $write
}

rule webshell_asp_eval_alias
{
    meta:
        id = "webshell.asp-eval-alias"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Server-side JScript keeps eval under another name"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $alias = /[{,][ \t]{0,4}["\']?\w{1,20}["\']?[ \t]{0,4}:[ \t]{0,4}eval[ \t]{0,4}[,}]|\b(var[ \t]{1,4})?\w{1,20}[ \t]{0,4}=[ \t]{0,4}eval[ \t]{0,4};/ nocase
        $server = /runat[ \t]{0,4}=[ \t]{0,4}["\']?server|<%@[^>]{0,60}(jscript|javascript)/ nocase
        $request = /\bRequest[ \t]{0,4}[.(\[]/ nocase
    condition:
        $alias and $server and $request
}

rule webshell_pl_coded_body
{
    meta:
        id = "webshell.pl-coded-body"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl script keeps its body coded behind its end and turns it back"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $perl = /^#![^\r\n]{0,40}perl/
        $unpack = /unpack[ \t]{0,4}\(?[ \t]{0,4}["\'](u\*?|H\*|b\*)["\']/
        $data = /<(main::)?DATA>/
        $end = /\r?\n__(DATA|END)__\r?\n/
        $change = /=~[ \t]{0,4}(s\/[0-9a-f]{16,}\/|tr\/|y\/)|eval[ \t(]|print[ \t]{0,2}\(?[ \t]{0,2}\$/
    condition:
        $perl and $unpack and $data and $end and $change
}

rule webshell_pl_run_parameter
{
    meta:
        id = "webshell.pl-run-parameter"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl page runs a parameter of the request as a command"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $perl = /#![^\r\n]{0,40}perl/
        $run = /(system|exec|qx|open[ \t]{0,4}\(?[ \t]{0,4}\w{1,12}[ \t]{0,4},|`|print[ \t]{1,4}`|\|)[^;\r\n]{0,40}\$(param|params|form|FORM|in|IN|input|query|QUERY|cgi|q|args|data)[ \t]{0,2}(\{["\']?(cmd|command|exec|run|c|a)["\']?\}|->[ \t]{0,2}param[ \t]{0,2}\(["\'](cmd|command|exec|run|c)["\'])/
        $cgi = /Content-type: ?text\/html|QUERY_STRING|CONTENT_LENGTH|use[ \t]{1,4}CGI/ nocase
    condition:
        $perl and $run and $cgi
}
