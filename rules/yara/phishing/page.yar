// Pages that ask for the credentials of somebody else's service.

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
        $title = /<title[^>]{0,60}>[^<]{0,80}(facebook|instagram|twitter|linkedin|github|gitlab|dropbox|paypal|netflix|spotify|microsoft|outlook|office ?365|onedrive|icloud|apple id|google|gmail|yahoo|amazon|ebay|steam|snapchat|pinterest|reddit|twitch|adobe|wordpress|whatsapp|telegram|tiktok|tik tok|messenger|deviantart|badoo|roblox|playstation|xbox|shopify|stack overflow|proton|vk\b|qq|wechat|taobao|alipay|docusign|wells fargo|chase|hsbc|dhl|coinbase|binance|metamask|steam community)/ nocase
        $password = /<input[^>]{0,300}type[ \t]{0,2}=[ \t]{0,2}["']?password/ nocase
        $action = /<form[^>]{0,300}action[ \t]{0,2}=[ \t]{0,2}["']?(\.{0,2}\/)?[\w-]{1,30}\.php["'> \t]/ nocase
    condition:
        $title and $password and $action
}
