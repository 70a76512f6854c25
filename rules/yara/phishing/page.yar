// Pages that ask for the credentials of somebody elses service.

rule phishing_page_brand_form
{
    meta:
        id = "phishing.page-brand-form"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A page titled like a known service asks for a password and posts it to a script beside the page"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $title = /<title[^>]{0,60}>[^<]{0,80}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|microsoft|outlook|hotmail|office ?365|onedrive|sharepoint|icloud|apple ?id|apple inc|google|gmail|yahoo|amazon|ebay|steam|snapchat|pinterest|reddit|twitch|adobe|wordpress|whatsapp|telegram|tiktok|tik tok|messenger|deviantart|badoo|roblox|playstation|xbox|shopify|stack overflow|proton|\bvk\b|docusign|wells ?fargo|\bchase\b|\bhsbc\b|\bdhl\b|fedex|\busps\b|coinbase|binance|metamask|blockchain|mediafire|origin|quora|yandex|tumblr|skype|bitconnect|free fire|\bpubg\b|fortnite|\bline\b|insta ?(followers|gram)?|subito|wechat|alipay|taobao|weibo|baidu)/ nocase
        $title_zh = /<title[^>]{0,60}>[^<]{0,60}(\xe6\x94\xaf\xe4\xbb\x98\xe5\xae\x9d|\xe6\xb7\x98\xe5\xae\x9d|\xe5\xbe\xae\xe4\xbf\xa1|\xe9\x93\xb6\xe8\xa1\x8c|\xe4\xba\xac\xe4\xb8\x9c|\xe5\xbe\xae\xe5\x8d\x9a|QQ\xe7\xa9\xba\xe9\x97\xb4|QQ\xe5\xae\x89\xe5\x85\xa8|\xd6\xa7\xb8\xb6\xb1\xa6|\xcc\xd4\xb1\xa6|\xce\xa2\xd0\xc5|\xd2\xf8\xd0\xd0|QQ\xbf\xd5\xbc\xe4|QQ\xb0\xb2\xc8\xab)/ nocase
        $password = /<input[^>]{0,400}type[ \t]{0,2}=[ \t]{0,2}["']?password/ nocase
        $action = /<form[^>]{0,1000}action[ \t]{0,2}=[ \t]{0,2}["']?(\.{0,2}\/)?([\w-]{1,20}\/)?(log|sign|pass|post|auth|verif|check|next|submit|process|send|save|data|finish|update|action|index|main|a|do|go|get|confirm|redirect|step|acc|user|secure|validat)[\w-]{0,24}\.(php|aspx?|jsp)\b/ nocase
        $script = /(url[ \t]{0,2}:|\.post\(|\.ajax\(|fetch\(|\.open\([ \t]{0,2}["']POST["'][ \t]{0,2},)[ \t]{0,4}["'](\.\/)?(log|sign|pass|post|auth|verif|next|submit|process|send|save|data)[\w-]{0,20}\.php["']/ nocase
    condition:
        ($title or $title_zh) and $password and ($action or $script)
}

rule phishing_page_cloned
{
    meta:
        id = "phishing.page-cloned"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A copy of the sign-in page of a known service posts to another address"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $saved = /saved from url=\(\d{4}\)https?:\/\/[\w.-]{0,40}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|live|microsoft|office|icloud|apple|google|yahoo|amazon|ebay|steam|snapchat|pinterest|reddit|twitch|adobe|whatsapp|tiktok|vk|qq|alipay|taobao|weibo|163|bank|chase|wellsfargo)\.(com|net|org|cn)/ nocase
        $mirrored = /(Mirrored from|HTTrack|SingleFile)[^\r\n]{0,80}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|live|microsoft|icloud|apple|google|yahoo|amazon|ebay|steam|snapchat|pinterest|reddit|twitch|adobe|tiktok|vk)\.com/ nocase
        $canonical = /rel[ \t]{0,2}=[ \t]{0,2}["']?canonical["']?[ \t]{1,4}href[ \t]{0,2}=[ \t]{0,2}["']?https?:\/\/([\w-]{1,24}\.){0,3}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|live|microsoftonline|icloud|apple|google|yahoo|amazon|ebay|steampowered|snapchat|pinterest|reddit|twitch|adobe|whatsapp|tiktok|vk|badoo|deviantart|roblox|proton|messenger|quora|bitconnect|coinbase|binance)\.(com|net|org|me|co|tv)\b/ nocase
        $og = /property[ \t]{0,2}=[ \t]{0,2}["']?og:url["']?[ \t]{1,4}content[ \t]{0,2}=[ \t]{0,2}["']?https?:\/\/([\w-]{1,24}\.){0,3}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|icloud|apple|google|yahoo|amazon|ebay|snapchat|pinterest|reddit|twitch|adobe|tiktok|vk|badoo|deviantart|messenger|stackoverflow|proton|bitconnect)\.(com|net|org|me|co|tv)\b/ nocase
        $assets = /static\.xx\.fbcdn\.net|fbcdn\.net\/rsrc\.php|fbstatic-a\.akamaihd|instagram\.com\/static\/bundles|static\.licdn\.com|github\.githubassets\.com|assets-cdn\.github\.com|logincdn\.msauth\.net|aadcdn\.ms(ft)?auth\.net|secure\.aadcdn\.microsoftonline|paypalobjects\.com|appleid\.cdn-apple\.com|idmsa\.apple\.com|cfl\.dropboxstatic\.com|ir\.ebaystatic\.com|assets\.nflxext\.com|accounts\.scdn\.co|www\.redditstatic\.com|static\.twitchcdn\.net|steamcommunity-a\.akamaihd\.net|steamcdn-a\.akamaihd\.net|s\.pinimg\.com|ssl\.gstatic\.com\/accounts|vk\.com\/(css|js)\/|st\d?-?\d*\.vk\.com|abs\.twimg\.com|ui\.ptlogin2\.qq\.com|xui\.ptlogin2\.qq\.com|login\.live\.com\/pp\d/ nocase
        $password = /<input[^>]{0,400}type[ \t]{0,2}=[ \t]{0,2}["']?password/ nocase
        $action = /<form[^>]{0,1000}action[ \t]{0,2}=[ \t]{0,2}["']?(\.{0,2}\/)?([\w-]{1,20}\/)?[\w-]{1,30}\.(php|aspx?|jsp)\b/ nocase
        $free = /<form[^>]{0,1000}action[ \t]{0,2}=[ \t]{0,2}["']?https?:\/\/[\w.-]{0,60}(000webhostapp\.com|ngrok\.(io|app)|formspree\.io|workers\.dev|glitch\.me|herokuapp\.com|duckdns\.org|trycloudflare\.com|web\.app|firebaseapp\.com|netlify\.app|repl\.co|serveo\.net)/ nocase
    condition:
        $password and ($action or $free) and any of ($saved, $mirrored, $canonical, $og, $assets)
}

rule phishing_page_foreign_collector
{
    meta:
        id = "phishing.page-foreign-collector"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page sends a password to a bare address, a free host or a chat bot"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $password = /<input[^>]{0,400}type[ \t]{0,2}=[ \t]{0,2}["']?password/ nocase
        $free = /<form[^>]{0,1000}action[ \t]{0,2}=[ \t]{0,2}["']?https?:\/\/[\w.-]{0,60}(000webhostapp\.com|ngrok\.(io|app)|ngrok-free\.app|formspree\.io|formsubmit\.co|workers\.dev|glitch\.me|duckdns\.org|trycloudflare\.com|repl\.co|serveo\.net|submit-form\.com|getform\.io|formcarry\.com|byethost\d*\.com|epizy\.com|rf\.gd|freehost\w{0,10}\.com)/ nocase
        $raw = /<form[^>]{0,1000}action[ \t]{0,2}=[ \t]{0,2}["']?https?:\/\/(2[0-5]\d|[3-9]\d|1[1-9]|1[03-6]\d|17[013-9]|18\d|19[013-9])\.\d{1,3}\.\d{1,3}\.\d{1,3}/ nocase
        $bot = /api\.telegram\.org\/bot|discord(app)?\.com\/api\/webhooks\//
    condition:
        $password and any of ($free, $raw, $bot)
}

rule phishing_page_lure
{
    meta:
        id = "phishing.page-lure"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page promises followers, coins or votes for the sign-in of another service"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $offer = /free[ ](instagram )?(followers|likes|robux|v-?bucks|diamonds|gems|coins|uc\b|skins|premium|membership)|auto[ -]?(liker|follower|commenter)|get (more )?(free )?(followers|likes)|increase (your )?followers|verified badge|blue badge|votes? (now|for)|voterank|generator|insta(gram)?[ -]?followers|followers pro/ nocase
        $brand = /instagram|facebook|tiktok|tik tok|roblox|pubg|free ?fire|fortnite|snapchat|twitter|youtube|google|\bvk\b/ nocase
        $password = /type[ \t]{0,2}=[ \t]{0,2}["']?password|name[ \t]{0,2}=[ \t]{0,2}["']?(pass|passwd|password)\b/ nocase
        $next = /action[ \t]{0,2}=[ \t]{0,2}["']?(\.?\/)?(login|log|post|pass|next)\w{0,8}\.(php|html)|data-action[ \t]{0,2}=|href[ \t]{0,2}=[ \t]{0,2}["'](\.?\/)?login\w{0,8}\.(php|html)/ nocase
        $login2 = /<form[^>]{0,120}action[ \t]{0,2}=[ \t]{0,2}["']?(\.?\/)?login2?\.html/ nocase
    condition:
        $offer and $brand and $next and ($password or $login2)
}

rule phishing_page_bank_card
{
    meta:
        id = "phishing.page-bank-card"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page asks for name, identity number, bank card and payment password together"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $id = /\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81|\xc9\xed\xb7\xdd\xd6\xa4|id_?card|idcard|identity/ nocase
        $card = /\xe9\x93\xb6\xe8\xa1\x8c\xe5\x8d\xa1|\xe5\x8d\xa1\xe5\x8f\xb7|\xd2\xf8\xd0\xd0\xbf\xa8|\xbf\xa8\xba\xc5|card_?(no|number|num)\b|bank_?card/ nocase
        $secret = /\xe5\x8f\x96\xe6\xac\xbe\xe5\xaf\x86\xe7\xa0\x81|\xe6\x94\xaf\xe4\xbb\x98\xe5\xaf\x86\xe7\xa0\x81|\xe4\xba\xa4\xe6\x98\x93\xe5\xaf\x86\xe7\xa0\x81|CVN|\bcvv2?\b|\xe5\x8f\xaf\xe7\x94\xa8\xe4\xbd\x99\xe9\xa2\x9d|\xe5\x8d\xa1\xe5\x86\x85\xe4\xbd\x99\xe9\xa2\x9d|\xc8\xa1\xbf\xee\xc3\xdc\xc2\xeb|\xd6\xa7\xb8\xb6\xc3\xdc\xc2\xeb/ nocase
        $phone = /\xe9\xa2\x84\xe7\x95\x99\xe6\x89\x8b\xe6\x9c\xba|\xe6\x89\x8b\xe6\x9c\xba\xe5\x8f\xb7|\xca\xd6\xbb\xfa\xba\xc5|\xd4\xa4\xc1\xf4\xca\xd6\xbb\xfa|mobile|phone/ nocase
        $urgent = /ETC|\xe7\xa4\xbe\xe4\xbf\x9d|\xe5\x8c\xbb\xe4\xbf\x9d|\xe5\xb7\xb2\xe8\xbf\x87\xe6\x9c\x9f|\xe5\xb7\xb2\xe5\x86\xbb\xe7\xbb\x93|\xe5\xb7\xb2\xe5\xa4\xb1\xe6\x95\x88|\xe5\xae\x9e\xe5\x90\x8d\xe8\xae\xa4\xe8\xaf\x81|\xe6\xb6\x89\xe6\xa1\x88|\xe6\xa3\x80\xe5\xaf\x9f\xe9\x99\xa2|\xe5\x85\xac\xe5\xae\x89|\xe8\xa1\xa5\xe8\xb4\xb4|\xe9\x80\x80\xe6\xac\xbe|\xe9\x80\x80\xe7\xa8\x8e|\xe4\xbf\xa1\xe7\x94\xa8\xe6\x81\xa2\xe5\xa4\x8d/
        $form = /<form|<input/ nocase
    condition:
        $form and $id and $card and $secret and $phone and $urgent
}

rule phishing_page_wallet_seed
{
    meta:
        id = "phishing.page-wallet-seed"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page asks for the recovery words or the private key of a wallet and sends them on"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/002/"
        lane = "page"
    strings:
        $seed = /(recovery|seed|secret|mnemonic|backup)[ _-]?(phrase|words?)|private key|keystore json|\xe5\x8a\xa9\xe8\xae\xb0\xe8\xaf\x8d|\xe7\xa7\x81\xe9\x92\xa5/ nocase
        $wallet = /metamask|trust ?wallet|walletconnect|coinbase wallet|phantom|ledger|trezor|imtoken|tokenpocket|exodus|tronlink/ nocase
        $field = /<(textarea|input)[^>]{0,200}(name|id|placeholder)[ \t]{0,2}=[ \t]{0,2}["']?[\w -]{0,30}(phrase|mnemonic|seed|private_?key|keystore|recovery)/ nocase
        $send = /action[ \t]{0,2}=[ \t]{0,2}["']?(\.?\/)?[\w\/-]{1,30}\.php|emailjs|formspree|formsubmit|api\.telegram\.org|\.post\(["'][\w\/.-]{1,40}\.php|smtpjs|fetch\(["'][\w\/.-]{1,40}\.php/ nocase
    condition:
        $seed and $wallet and $field and $send
}

rule phishing_page_coded_title
{
    meta:
        id = "phishing.page-coded-title"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "The Latin letters of the title of a page with a form are written as character numbers, so that nobody finds the name"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "page"
    strings:
        $hex = /<title[^>]{0,60}>[ \t\r\n]{0,8}(&#x[2-7][0-9a-f];){6}/ nocase
        $decimal = /<title[^>]{0,60}>[ \t\r\n]{0,8}(&#(3[2-9]|[4-9]\d|1[01]\d|12[0-2]);){6}/ nocase
        $form = /<form|<input/ nocase
    condition:
        ($hex or $decimal) and $form
}

rule phishing_page_identity
{
    meta:
        id = "phishing.page-identity"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page asks for a card with its check number together with what only a bank would know: maiden name, PIN, social security number or the mailbox password"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "page"
    strings:
        $check = /<input[^>]{0,300}(name|id|placeholder)[ \t]{0,2}=[ \t]{0,2}["']?[\w -]{0,16}(cvv|cvc|ccv|cvn|csc\b|card_?code|security[ _-]?code)/ nocase
        $number = /<input[^>]{0,300}(name|id|placeholder)[ \t]{0,2}=[ \t]{0,2}["']?[\w -]{0,16}(card[ _-]?(num|no)|cc_?n|ccnum|debit_?card|numero_?tarjeta|kreditkarte)/ nocase
        $known = /<input[^>]{0,300}(name|id|placeholder)[ \t]{0,2}=[ \t]{0,2}["']?[\w -]{0,16}(\bssn|_ssn|social[ _-]?sec|\bmmn|maiden|mother'?s|sort[ _-]?code|atm[ _-]?pin|card[ _-]?pin|\bc?pin\b|e?mail[ _-]?pass|\bepass|vbv|3d[ _-]?secure)/ nocase
        $sent = /<form[^>]{0,600}(action[ \t]{0,2}=[ \t]{0,2}["']?[^"'>]{0,80}\.php|method[ \t]{0,2}=[ \t]{0,2}["']?post)/ nocase
    condition:
        all of them
}
