// Pages that show search engines one thing and people another.

rule hacked_crawler_cloak
{
    meta:
        id = "hacked.crawler-cloak"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page shows search engines and visitors different things and fetches what it shows from elsewhere"
        author = "aup-scanner authors"
        reference = "https://developers.google.com/search/docs/essentials/spam-policies"
        lane = "script"
    strings:
        $list = /[#\/\'"](Ask\W{1,4}s?\*?Jeeves|HP\W{1,4}s?\*?Web\W{1,4}s?\*?PrintSmart|HTTrack|IDBot|ListChecker|MSIECrawler|NetCache|rulinki|Twiceler|WebAlta|Webster\W{1,4}s?\*?Pro|Nutch|RPT-HTTPClient|ia_archiver|Yandex(Bot)?|Slurp|msnbot|bingbot|Googlebot|AhrefsBot|MJ12bot)\b/ nocase
        $agent = /HTTP_USER_AGENT/
        $referer = /HTTP_REFERER/
        $fetch = /curl_exec|fsockopen|file_get_contents[ \t]{0,4}\([ \t]{0,4}(\$|["\']http)/ nocase
        $reverse = /gethostbyaddr[ \t]{0,4}\([ \t]{0,4}\$_SERVER/ nocase
        $doors = /(\$keyword|\$page|str_replace|\$template|\$redirect|\.txt["\']|file_put_contents|fwrite|Location:)/ nocase
        $search = /(google|bing|yahoo|ask|yandex)\.(com|ru)\/(search|web|yandsearch)?/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $agent and #list > 5 and $doors and ($reverse or ($fetch and ($search or $referer)))
}
