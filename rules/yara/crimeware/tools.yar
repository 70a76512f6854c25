// Tooling that harms the operation of the Internet.

rule crimeware_bot_panel
{
    meta:
        id = "crimeware.bot-panel"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Panel or gate that registers infected machines and hands them tasks"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1583/005/"
        lane = "script"
    strings:
        $hwid = /\bhwid\b|bot_?id|machine_?guid/ nocase
        $gate = /gate\.php|\/gate\b|panel\/gate/ nocase
        $bots = /(from|into|update)[ `]{1,3}\w{0,12}(bots?|clients|victims|zombies|infected)\b/ nocase
        $tasks = /(from|into|update)[ `]{1,3}\w{0,12}(tasks?|commands?|jobs)\b|task_?id|get_?task|new_?command/ nocase
        $seen = /last_?(seen|online|connect|response)|install_?date|first_?seen/ nocase
        $host = /antivirus|\bav_?name|is_?admin|computer_?name|os_?version|country_?code|geoip/ nocase
        $order = /download[ _&-]{1,3}execute|update[ _]bot|uninstall|screenshot|keylog|reverse ?proxy|\bloader\b/ nocase
        $input = /\$_(GET|POST|REQUEST)|req\.(body|query)|request\.form/
    condition:
        $input and $hwid and 3 of ($gate, $bots, $tasks, $seen, $host, $order)
}

rule crimeware_exploit_page
{
    meta:
        id = "crimeware.exploit-page"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page sprays memory or probes plug-ins in order to break into browsers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1189/"
        lane = "script"
    strings:
        $spray = /unescape[ \t]{0,2}\([ \t]{0,2}["'](%u[0-9a-f]{4}){4}/ nocase
        $block = /while[ \t]{0,2}\([ \t]{0,2}\w{1,20}\.length[ \t]{0,2}<=?[ \t]{0,2}(0x[0-9a-f]{4,8}|\d{5,8})/ nocase
        $slide = /0x0c0c0c0c|%u0c0c%u0c0c|%u9090%u9090|nopsled|heapspray|shellcode/ nocase
        $probe = /PluginDetect|deployJava|ShockwaveFlash\.ShockwaveFlash|AgControl\.AgControl|AcroPDF\.PDF|QuickTime\.QuickTime/
        $frame = /createElement[ \t]{0,2}\([ \t]{0,2}["'](iframe|applet|object)["']|<applet|document\.write[ \t]{0,2}\([ \t]{0,2}unescape/ nocase
        $hidden = /eval[ \t]{0,2}\(|String\.fromCharCode|\.charCodeAt/
        $page = /<script|<html|\bvar[ \t]/
    condition:
        $page and (($spray and ($block or $slide)) or (#probe > 2 and $frame and $hidden and $slide))
}

rule crimeware_browser_stealer
{
    meta:
        id = "crimeware.browser-stealer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A programme takes saved passwords and cookies out of browsers and sends them away"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1555/003/"
        lane = "script"
    strings:
        $store = /Login Data|\\\\?User Data\\\\?|cookies\.sqlite|logins\.json|key4\.db|Local State/
        $decrypt = /CryptUnprotectData|win32crypt|os_crypt|encrypted_key|PK11SDR_Decrypt|AES\.MODE_GCM/
        $more = /wallet\.dat|Exodus|Metamask|\\\\?Telegram Desktop\\\\?tdata|leveldb|discord_?token|Steam\\\\config|FileZilla/ nocase
        $send = /api\/webhooks|api\.telegram\.org|requests\.post|ftplib|smtplib|gofile\.io|transfer\.sh|anonfiles|HttpClient|WebClient/
    condition:
        $store and $decrypt and $send and ($more or #store > 2)
}

rule crimeware_keylogger
{
    meta:
        id = "crimeware.keylogger"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A programme records every key and sends the record away"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1056/001/"
        lane = "script"
    strings:
        $hook = /pynput\.keyboard|keyboard\.on_(press|release)|GetAsyncKeyState|SetWindowsHookEx|pyHook|WH_KEYBOARD_LL|keyboard\.Listener/
        $send = /smtplib|api\/webhooks|api\.telegram\.org|requests\.post|ftplib|SmtpClient|MailMessage|\.sendmail\(/
        $log = /key_?log|keystroke|log\.txt|keys?\.txt/ nocase
        $hide = /CurrentVersion\\\\?Run|ShowWindow|FreeConsole|startup|Timer\(|HideConsole|pythonw|winreg/ nocase
    condition:
        $hook and $send and $log and $hide
}

rule crimeware_ransom_script
{
    meta:
        id = "crimeware.ransom-script"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script encrypts all files of a machine and leaves a demand"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1486/"
        lane = "script"
    strings:
        $walk = /os\.walk|Get-ChildItem[ ]-Recurse|RecursiveDirectoryIterator|filepath\.Walk|opendir[ \t]{0,2}\(|Directory\.GetFiles/ nocase
        $cipher = /Fernet|AES\.new|Rijndael|openssl_encrypt|mcrypt_encrypt|AesManaged|openssl enc|aes\.NewCipher|ChaCha20/
        $extension = /["']\.(encrypted|locked|crypt|enc|crypted|lock|ransom|wncry)["']|\.(encrypted|locked|crypted)\b/ nocase
        $demand = /bitcoin|\bBTC\b|decrypt your files|files (have been|are) encrypted|ransom|pay(ment)?[^\r\n]{0,40}(wallet|address)|\xe8\xa7\xa3\xe5\xaf\x86/ nocase
        $remove = /os\.remove|unlink[ \t]{0,2}\(|Remove-Item|shred |vssadmin|File\.Delete|os\.rename/ nocase
    condition:
        $walk and $cipher and $extension and $demand and $remove
}

rule crimeware_c2_profile
{
    meta:
        id = "crimeware.c2-profile"
        clause = "3.1.3.5.6"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Configuration that makes the traffic of a remote control look like ordinary browsing"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1071/001/"
        lane = "script"
    strings:
        $get = /http-get([ \t]"\w{1,20}")?[ \t]{0,2}\{/
        $post = /http-post([ \t]"\w{1,20}")?[ \t]{0,2}\{/
        $metadata = /metadata[ \t\r\n]{0,4}\{/
        $set = /set[ \t]{1,3}(sleeptime|jitter|pipename|spawnto_x(86|64)|uri_x(86|64)|maxdns|dns_idle|host_stage)[ \t]/
        $generator = /msfvenom[ \t][^\r\n]{0,120}-p[ \t]{1,3}[\w\/]{6,60}[^\r\n]{0,120}LHOST/
        $handler = /use[ \t]{1,3}(exploit\/)?multi\/handler[\s\S]{0,200}set[ \t]{1,3}payload/ nocase
    condition:
        ($get and $post and $metadata) or (#set > 3 and ($get or $post)) or ($handler and $generator)
}

rule crimeware_remote_control
{
    meta:
        id = "crimeware.remote-control"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A programme waits for orders over a chat service and runs them as commands"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1102/"
        lane = "script"
    strings:
        $chat = /telebot|telegram\.ext|discord\.(Client|ext)|commands\.Bot|api\.telegram\.org\/bot|irc\.(client|connect)|PRIVMSG/
        $run = /subprocess\.(Popen|getoutput|check_output|run|call)|os\.(popen|system)|exec\.Command|child_process|Process\.Start|cmd\.exe/
        $spy = /screenshot|ImageGrab|pyautogui\.screenshot|webcam|VideoCapture|keylog|clipboard|GetAsyncKeyState/ nocase
        $persist = /CurrentVersion\\\\?Run|schtasks|startup|crontab|LaunchAgents/ nocase
        $lock = /shutdown|BlockInput|ctypes\.windll|bsod|taskkill|disable_?defender|Set-MpPreference|grab_?tokens?/ nocase
    condition:
        $chat and $run and $spy and ($persist or $lock)
}
