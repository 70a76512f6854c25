// Lua that runs what the request brought.
rule webshell_lua_load_request
{
    meta:
    id = "webshell.lua-load-request"
    clause = "3.1.3.7"
    severity = "critical"
    confidence = "high"
    ceiling = "suspend"
    status = "review"
    description = "Lua code or a command from the request is run"
    author = "aup-scanner authors"
    reference = "https://attack.mitre.org/techniques/T1505/003/"
    lane = "any"
    strings:
    $load = /\b(loadstring|load|os\.execute|io\.popen)[ \t]{0,4}\([ \t]{0,4}(ngx\.req\.get_(uri|post)_args\(\)|ngx\.var\.arg_|ngx\.req\.get_body_data\()/
    condition:
    $load
}
