// Cheats for games and private game servers.

rule cheat_memory_script
{
    meta:
        id = "cheat.memory-script"
        clause = "3.1.3.5.4"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script searches and changes the memory of a game"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "script"
    strings:
        $guardian = /gg\.(searchNumber|editAll|getResults|setRanges)[ \t]{0,2}\(/
        $table = /<CheatTable[ >]/
        $entry = /<CheatEntr(y|ies)>/
        $process = /ReadProcessMemory|WriteProcessMemory|pymem|process_vm_(readv|writev)/
        $game = /csgo\.exe|cs2\.exe|GTA5\.exe|r5apex\.exe|TslGame\.exe|crossfire\.exe|DNF\.exe|FortniteClient|VALORANT|GenshinImpact|YuanShen\.exe|League of Legends\.exe|dota2\.exe|cod\.exe|RustClient|RobloxPlayerBeta/ nocase
        $cheat = /aim_?bot|wall_?hack|trigger_?bot|bunny_?hop|dwLocalPlayer|dwEntityList|no_?recoil|\xe9\x80\x8f\xe8\xa7\x86|\xe8\x87\xaa\xe7\x9e\x84|\xe5\xa4\x96\xe6\x8c\x82|\xcd\xb8\xca\xd3|\xd7\xd4\xc3\xe9|\xcd\xe2\xb9\xd2/ nocase
    condition:
        (#guardian > 2) or ($table and $entry) or ($process and ($game or #cheat > 3) and $cheat)
}

rule cheat_aim_assist
{
    meta:
        id = "cheat.aim-assist"
        clause = "3.1.3.5.4"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script that aims or fires for the player"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "script"
    strings:
        $pixel = /PixelSearch|PixelGetColor|ImageGrab|mss\.mss|dxcam|GetPixel/
        $mouse = /mouse_event|SendInput|moveRel|win32api\.mouse|MouseMove|MoveMouseRelative|PressMouseButton/
        $aim = /aim_?bot|aim_?assist|trigger_?bot|no_?recoil|recoil|head_?shot|rapid_?fire|auto_?fire|\xe5\x8e\x8b\xe6\x9e\xaa|\xe8\x87\xaa\xe7\x9e\x84|\xd1\xb9\xc7\xb9|\xd7\xd4\xc3\xe9/ nocase
        $logitech = /OnEvent[ \t]{0,2}\([ \t]{0,2}event|EnablePrimaryMouseButtonEvents/
        $game = /pubg|csgo|cs:go|counter-?strike|apex|valorant|fortnite|crossfire|call of duty|overwatch|rust\b|AKM|M416|\bM4A1\b|UMP45/ nocase
    condition:
        (($pixel and $mouse) or ($logitech and $mouse)) and $aim and $game
}

rule cheat_private_server
{
    meta:
        id = "cheat.private-server"
        clause = "3.1.3.5.4"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Files of a private game server set up for the public"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "text"
    strings:
        $legend = /M2Server|HeroM2|DBSrv200|RunGate|SelGate|LoginGate|LoginSrv|Mir200|MirServer/
        $legend_sign = /\xe5\xbc\x95\xe6\x93\x8e|\xe7\x89\x88\xe6\x9c\xac|\xe4\xbc\xa0\xe5\xa5\x87|\xd2\xfd\xc7\xe6|\xb4\xab\xc6\xe6|GOM|GEE|\xe7\xa7\x81\xe6\x9c\x8d|\xcb\xbd\xb7\xfe/
        $rates = /Rate\.(XP|Drop|Money)\.\w{2,20}[ \t]{0,2}=[ \t]{0,2}\d{2,4}|(xp|exp|drop|meso|zeny|adena)[ _]?rate["']?[ \t]{0,2}[=:][ \t]{0,2}\d{2,5}/ nocase
        $shop = /donat(e|ion)|vote4?(gold|points)|cash ?shop|paypal|\xe8\xb5\x9e\xe5\x8a\xa9|\xe5\x85\x85\xe5\x80\xbc/ nocase
        $emulator = /worldserver\.conf|mangosd|ArcEmu|l2j(server|mobius)|rathena|HeavenMS|OdinMS|MuEmu|MUEMU|lineage ?2|aCis|TrinityCore/ nocase
    condition:
        (#legend > 3 and $legend_sign) or ($emulator and $rates and $shop)
}
