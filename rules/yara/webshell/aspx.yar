// Webshells in ASP.NET.

rule webshell_aspx_run_request
{
    meta:
        id = "webshell.aspx-run-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "An ASP.NET page evaluates or loads what the request brings"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $eval = /\beval[ \t\/*-]{0,20}\([^;\r\n]{0,80}\brequest\b[^;\r\n]{0,120}["']unsafe["']/ nocase
        $jscript = /<%@[^>]{0,120}language[ \t]{0,4}=[ \t]{0,4}"?jscript/ nocase
        $jscript_block = /<script[^>]{0,60}(runat[ \t]{0,4}=[ \t]{0,4}"?server"?[^>]{0,40}language[ \t]{0,4}=[ \t]{0,4}"?jscript|language[ \t]{0,4}=[ \t]{0,4}"?jscript"?[^>]{0,40}runat[ \t]{0,4}=[ \t]{0,4}"?server)/ nocase
        $evals = /[^\w.]eval[ \t\/*-]{0,20}\(/ nocase
        $load = /Assembly[ \t]{0,4}\.[ \t]{0,4}Load[ \t]{0,4}\([^;\r\n]{0,200}\b(Request|Decrypt|FromBase64String|TransformFinalBlock)\b/ nocase
        $assembly = "Assembly"
        $load_by_name = /"Load"[ \t]{0,4},|\.Load[ \t]{0,4}\(/
        $create = "CreateInstance"
        $bytes = /FromBase64String|Decryptor|BinaryRead|Request[ \t]{0,2}\[|InputStream/
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import|language|master|control)/ nocase
    condition:
        $eval or ($jscript and $evals) or ($jscript_block and $evals)
        or ($page and $load) or ($page and $assembly and $load_by_name and $create and $bytes)
}

rule webshell_aspx_start_process
{
    meta:
        id = "webshell.aspx-start-process"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An ASP.NET page starts a command interpreter and shows its output"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $process = /\bProcess(StartInfo)?\b/
        $command = /["'@](c:\\{1,2}windows\\{1,2}system32\\{1,2}|c:\/windows\/system32\/)?cmd(\.exe)?["' \/]|powershell(\.exe)?["' ]|\/bin\/(ba)?sh/ nocase
        $output = /RedirectStandardOutput|StandardOutput|UseShellExecute/ nocase
        $redirect = /RedirectStandard(Output|Error)/
        $inline = /<%@[ \t]{0,4}(page|webhandler|webservice|import)/ nocase
        $win32 = /CreateProcess\w{0,12}[ \t]{0,4}\(|winexec|shellexecute/ nocase
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import|language)|runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
        $xp = /xp_cmdshell|sp_oacreate/ nocase
        $in = /\bRequest[ \t]{0,4}[.\[(]|<asp:TextBox|\.Text\b/ nocase
    condition:
        ($process and $redirect and $inline) or ($page and $in and (($process and $command and $output) or ($win32 and $command) or ($xp and ($process or $command))))
}

rule webshell_aspx_write_request
{
    meta:
        id = "webshell.aspx-write-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An ASP.NET page writes the file or asks the database that its form names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $writer = /new[ \t]{1,4}(System\.IO\.)?StreamWriter[ \t]{0,4}\([^;\r\n]{0,60}(request[ \t]{0,2}[.(\[]|this\.\w{1,20}\.Text|txt\w{0,12}\.Text)/ nocase
        $file = /File\.(WriteAllText|WriteAllBytes|Create|AppendAllText)[ \t]{0,4}\([^;\r\n]{0,60}(Request[ \t]{0,2}[.(\[]|txt\w{0,12}\.Text)/ nocase
        $connection = /ConnectionString[ \t]{0,4}=[ \t]{0,4}\w{1,20}\.Text|Connection[ \t]{0,4}\([ \t]{0,4}\w{1,20}\.Text/
        $command = /Sql(Command|DataAdapter)[ \t]{0,4}\([ \t]{0,4}\w{1,20}\.Text/
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import|language)|<script[^>]{0,60}runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
    condition:
        $page and ($writer or $file or ($connection and $command))
}

rule webshell_aspx_panel
{
    meta:
        id = "webshell.aspx-panel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An ASP.NET page that browses the server with a password of its own"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $drives = /GetLogicalDrives|DriveInfo\.GetDrives|Directory\.GetLogicalDrives/ nocase
        $files = /DirectoryInfo[ \t]{0,4}\(|Directory\.GetFiles|GetFileSystemInfos|Directory\.GetDirectories/ nocase
        $change = /File\.(Delete|Move|Copy|SetAttributes|SetCreationTime)|\.MoveTo[ \t]{0,4}\(|\.SaveAs[ \t]{0,4}\(/ nocase
        $registry = /Registry(Key)?\.|OpenSubKey/
        $sql = /xp_cmdshell|sp_oacreate|SqlConnection[ \t]{0,4}\(/ nocase
        $process = /Process\.GetProcesses|ServiceController|Win32_|ManagementObjectSearcher|DirectoryEntry[ \t]{0,4}\([ \t]{0,4}"IIS/ nocase
        $scan = /TcpClient[ \t]{0,4}\(|PortForward|new Socket[ \t]{0,4}\(/ nocase
        $password = /(pass(word)?|pwd|key)[ \t]{0,4}=[ \t]{0,4}"[^"\r\n]{1,64}"/ nocase
        $page = /<%@[ \t]{0,4}(page|import)|<script[^>]{0,60}runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
    condition:
        $page and $files and $change and ((2 of ($drives, $registry, $process, $scan)) or ($sql and 1 of ($drives, $registry, $process, $scan) and $password))
}
