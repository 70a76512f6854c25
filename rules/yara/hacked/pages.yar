// What hacked sites show to search engines and visitors.

rule hacked_remote_page
{
    meta:
        id = "hacked.remote-page"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Every page is fetched from a foreign server that is told the host and the visitor"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1608/006/"
        lane = "script"
    strings:
        $told = /[?&](host|h|d|dom|domain|site|u|url|ip|ua|agent|ref)=["'][ \t]{0,2}\.[ \t]{0,2}(@?(urlencode|base64_encode|rawurlencode)[ \t]{0,2}\([ \t]{0,2})?@?\$(_SERVER[ \t]{0,2}\[[ \t]{0,2}["']?(HTTP_HOST|SERVER_NAME|HTTP_USER_AGENT|REMOTE_ADDR|HTTP_REFERER)|host_?name|host\b|domain\b|user_?agent|useragent)/ nocase
        $inline = /[?&](host|h|d|dom|domain|site|u|url|tle)=(http:\/\/)?["'][ \t]{0,2}\.[ \t]{0,2}\$_SERVER[ \t]{0,2}\[/ nocase
        $fetch = /file_get_contents[ \t]{0,4}\(|curl_exec[ \t]{0,4}\(|get\w{0,12}(page|html|content|url)s?[ \t]{0,4}\([ \t]{0,4}["'$]|fsockopen[ \t]{0,4}\(/ nocase
        $server = /\$\w{0,12}(server|www|url|remote|host|site|domain)\w{0,8}[ \t]{0,4}=[ \t]{0,4}["']https?:\/\/[^"'\r\n]{4,100}["'][ \t]{0,4};/ nocase
        $direct = /(file_get_contents|curl_init)[ \t]{0,4}\([ \t]{0,4}["']https?:\/\/[^"'\r\n]{4,100}[?&](host|h|d|dom|domain|site|u|url)=["'][ \t]{0,2}\.[ \t]{0,2}(urlencode[ \t]{0,2}\([ \t]{0,2})?\$_SERVER/ nocase
        $show = /(echo|print|die|exit)[ \t(]{1,4}\$\w{1,24}[ \t]{0,4}\)?[ \t]{0,4};/ nocase
        $quiet = /error_reporting[ \t]{0,2}\([ \t]{0,2}0|set_time_limit[ \t]{0,2}\([ \t]{0,2}0|ignore_user_abort|@?ini_set[ \t]{0,2}\([ \t]{0,2}["']display_errors/ nocase
        $robots = /googlebot|baiduspider|bingbot|yandexbot|slurp/ nocase
    condition:
        $direct or (($told or $inline) and $fetch and $show and ($server or $robots) and ($quiet or $robots))
}

rule hacked_search_cloak
{
    meta:
        id = "hacked.search-cloak"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Search engines are shown another page than visitors, and that page comes from elsewhere"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1608/006/"
        lane = "script"
    strings:
        $agent = /HTTP_USER_AGENT/
        $robots = /googlebot|baiduspider|bingbot|yandex(bot)?|slurp|sogou|360spider|msnbot/ nocase
        $referrer = /HTTP_REFERER/
        $engines = /(google|bing|yahoo|baidu|yandex|aol|ask|sogou|haosou|so\.com)(\\?\.|\|)/ nocase
        $fetch_remote = /(file_get_contents|curl_init|fopen|get\w{0,10}|include|require)[ \t(@]{1,6}["']https?:\/\// nocase
        $remote_variable = /=[ \t]{0,4}["']https?:\/\/[^"'\r\n]{4,100}["'][ \t]{0,4};/
        $curl = /curl_exec|file_get_contents|fsockopen/ nocase
        $redirect = /header[ \t]{0,4}\([ \t]{0,4}["']Location:[ \t]{0,4}(https?:|["'][ \t]{0,2}\.)/ nocase
        $stop = /(exit|die)[ \t]{0,2}(\([ \t]{0,2}\))?[ \t]{0,2};/ nocase
        $hidden = /base64_decode|gzinflate|\\x[0-9a-f]{2}\\x|error_reporting[ \t]{0,2}\([ \t]{0,2}0|@ini_set|ignore_user_abort/ nocase
    condition:
        $agent and $robots and $referrer and $engines and $stop and $hidden and ($fetch_remote or ($remote_variable and $curl) or ($redirect and $curl))
}

rule hacked_referrer_redirect
{
    meta:
        id = "hacked.referrer-redirect"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page sends visitors who come from a search engine to another site"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1608/006/"
        lane = "any"
    strings:
        $referrer = "document.referrer" nocase
        $engine = /indexOf[ \t]{0,2}\([ \t]{0,2}["'](www\.)?(google|baidu|yahoo|bing|sogou|soso|haosou|so\.com|360\.cn|sm\.cn|yandex)[\w.]{0,12}["']/ nocase
        $pattern = /(baidu|google|bing|sogou|soso|yahoo)(\\?\.\w{2,4})?\|(baidu|google|bing|sogou|soso|yahoo|360|haosou)/ nocase
        $go = /(location(\.href)?|window\.location(\.href)?|top\.location(\.href)?|self\.location)[ \t]{0,2}=[ \t]{0,2}["']https?:\/\/|location\.replace[ \t]{0,2}\([ \t]{0,2}["']https?:\/\// nocase
    condition:
        $referrer and (#engine > 1 or $pattern) and $go
}

rule hacked_hidden_links
{
    meta:
        id = "hacked.hidden-links"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Links are written into the page where no visitor sees them"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1608/006/"
        lane = "any"
    strings:
        $written = /document\.write(ln)?[ \t]{0,2}\([ \t]{0,2}["']<(div|span|p|marquee)[^>]{0,20}style=\\?["'][^)]{0,80}(top|left|right|text-indent|margin-top|margin-left|height|width)[ \t]{0,2}:[ \t]{0,2}(-\d{3,5}px|0px|1px)/ nocase
        $hide = /document\.getElementById[ \t]{0,2}\([ \t]{0,2}["']\w{1,20}["'][ \t]{0,2}\)\.style\.(display[ \t]{0,2}=[ \t]{0,2}["']none|visibility[ \t]{0,2}=[ \t]{0,2}["']hidden)/ nocase
        $marquee = /<marquee[^>]{0,120}(height|width)=["']?[0-9](px)?["' ]/ nocase
        $links = /<a href=["']https?:\/\/[^"'\r\n]{4,80}["'][^>]{0,40}>[^<\r\n]{2,40}<\/a>[ \t]{0,4}(\||<br ?\/?>|<\/br>|,|&nbsp;)/ nocase
        $trade = /\xe5\x8d\x9a\xe5\xbd\xa9|\xe6\x97\xb6\xe6\x97\xb6\xe5\xbd\xa9|\xe5\xbd\xa9\xe7\xa5\xa8|\xe7\x99\xbe\xe5\xae\xb6\xe4\xb9\x90|\xe4\xbb\xa3\xe5\xad\x95|\xe7\xa7\x81\xe6\x9c\x8d|\xe5\xa8\xb1\xe4\xb9\x90\xe5\x9f\x8e|casino|viagra|cialis|payday loan|replica (watch|handbag)|louis vuitton outlet|\xca\xb1\xca\xb1\xb2\xca|\xb2\xa9\xb2\xca|\xcb\xbd\xb7\xfe|\xb4\xfa\xd4\xd0/ nocase
    condition:
        ($written and #links > 1) or (($hide or $marquee) and #links > 4 and $trade)
}

rule hacked_card_skimmer
{
    meta:
        id = "hacked.card-skimmer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Shop code that sends the numbers of payment cards elsewhere"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1056/003/"
        lane = "script"
    strings:
        $number = /cc_number|ccnumber|card_?number|cc_num\b|CardNumber/ nocase
        $code = /cc_cid|cvv2?|cvc|security_?code/ nocase
        $mail = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}(["'$]|base64_decode)/ nocase
        $store = /(file_put_contents|fw?rite|fputs|fopen)[ \t]{0,4}\([^;\r\n]{0,120}\.(jpe?g|gif|png|ico|css|log|txt|js)["']/ nocase
        $post = /curl_setopt[^;\r\n]{0,60}CURLOPT_POSTFIELDS|http_build_query|new Image\(\)|XMLHttpRequest|navigator\.sendBeacon/ nocase
        $hide = /base64_encode|base64_decode|btoa[ \t]{0,2}\(|serialize[ \t]{0,2}\([ \t]{0,2}\$_(POST|REQUEST)|str_rot13|\$ar\[/ nocase
        $whole = /(serialize|json_encode|print_r|var_export)[ \t]{0,2}\([ \t]{0,2}\$_(POST|REQUEST|COOKIE)/ nocase
        $checkout = /preg_match[ \t]{0,2}\([^;\r\n]{0,60}(checkout|admin|onepage|billing|firecheckout)[^;\r\n]{0,60}(REQUEST_URI|HTTP_HOST|location)/ nocase
        $image_store = /file_put_contents[ \t]{0,2}\([^;\r\n]{0,160}\.(jpe?g|gif|png)["'][ \t]{0,2},[^;\r\n]{0,80}(base64_encode|serialize|\$_POST)/ nocase
    condition:
        ($number and $code and $hide and (($mail and $store) or ($mail and $whole) or ($store and $whole) or ($post and $whole))) or ($checkout and $image_store)
}
