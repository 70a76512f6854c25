# ruff: noqa: E501 - the texts are as long as such texts are
"""Texts as people store them, made for this purpose: what occurs in them is no sign of anything.

Used when a rulebook is compiled, to tell common expressions from rare ones and dear rules from cheap ones.
"""

PAGES = (
    b"""<?php
// front controller
require_once __DIR__ . '/vendor/autoload.php';
$page = isset($_GET['page']) ? (int) $_GET['page'] : 1;
$name = htmlspecialchars(trim($_POST["name"]), ENT_QUOTES, 'UTF-8');
if ($page > 1 && !empty($config['cache'])) { $items = $cache->get('list_' . md5($page)); }
foreach ($items as $key => $item) { echo '<li class="item">' . $item['title'] . "</li>\\n"; }
function load_user($id) { global $db; return $db->query("SELECT * FROM users WHERE id = " . intval($id)); }
?>""",
    b"""<?php
namespace App\\Http\\Controllers;
use Illuminate\\Http\\Request;
class PostController extends Controller
{
    protected $fillable = ['title', 'body', 'user_id'];
    public function store(Request $request) {
        $data = $request->validate(['title' => 'required|max:255', 'body' => 'required']);
        return response()->json(Post::create($data + ['user_id' => $request->user()->id]), 201);
    }
    private function path($file) { return dirname(__FILE__) . DIRECTORY_SEPARATOR . $file; }
}
""",
    b"""<?php include("header.inc.php"); session_start();
if (!defined('IN_APP')) { exit('Access denied'); }
$sql = "SELECT id, title, add_time FROM " . $prefix . "article WHERE cat_id = '$cat_id' ORDER BY id DESC LIMIT 0, 10";
$result = mysql_query($sql); while ($row = mysql_fetch_array($result)) { $list[] = $row; }
$fp = fopen($file, 'w'); fwrite($fp, $content); fclose($fp); unlink($tmp);
$smarty->assign('list', $list); $smarty->display("index.htm"); call_user_func_array(array($this, $method), $args);
?><html><body onload="init()"><?=$title?><form method="post" action="<?php echo $_SERVER['PHP_SELF']; ?>">
<input type="hidden" name="token" value="<?= $token ?>"><input type="submit" value="Save"></form></body></html>""",
    b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Welcome</title>
<link rel="stylesheet" href="/css/style.css"><script src="https://cdn.example.com/jquery.min.js"></script></head>
<body><div class="container"><h1>Our products</h1><p>The quick brown fox jumps over the lazy dog.</p>
<img src="images/logo.png" width="120" height="40" alt="logo"><a href="/contact.html">Contact us</a>
<form action="/search" method="get"><input type="text" name="q" placeholder="Search"></form>
<table border="0" cellpadding="2"><tr><td align="center">1</td></tr></table></div></body></html>""",
    """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>公司简介</title><style type="text/css">body{font-size:12px}</style>
<script type="text/javascript">var id = document.getElementById("main"); window.onload = function () { show(1); };</script>
</head><body><div id="main"><p>欢迎访问我们的网站,客服电话:010-12345678</p><iframe src="map.html"></iframe>
<form id="login" action="login.do"><input type="password" name="password"/><input name="username"/></form></div></body></html>
""".encode(),
    b"""(function ($, window) {
  'use strict';
  var defaults = { speed: 300, easing: 'swing' }, cache = {};
  function Plugin(element, options) { this.el = $(element); this.opts = $.extend({}, defaults, options); }
  Plugin.prototype.open = function (e) { e.preventDefault(); var self = this; setTimeout(function () { self.el.fadeIn(); }, 10); };
  $.ajax({ url: '/api/items?page=' + page, type: 'POST', data: { id: 5 }, success: function (res) { console.log(res.data); } });
  if (typeof module !== 'undefined') { module.exports = Plugin; } else { window.Plugin = Plugin; }
})(jQuery, window);
""",
    b"""import React, { useState } from 'react';
import axios from 'axios';
const fetchUser = async (id) => { const { data } = await axios.get(`/users/${id}`, { headers: { Accept: 'application/json' } }); return data; };
export default function App() { const [count, setCount] = useState(0); return <button onClick={() => setCount(count + 1)}>{count}</button>; }
!function(t,e){"object"==typeof exports?module.exports=e():t.x=e()}(this,function(){return eval("1+1"),String.fromCharCode(65,66)});
""",
    b"""body { margin: 0; font: 14px/1.5 Arial, sans-serif; color: #333; background: #fff url(../img/bg.png) no-repeat 0 0; }
.nav > li a:hover { text-decoration: none; } @media (max-width: 768px) { .nav { display: none !important; } }
.icon { background: url(data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7) }
""",
    b"""<%@ page language="java" contentType="text/html; charset=UTF-8" import="java.util.*,java.io.*" %>
<%@ taglib prefix="c" uri="http://java.sun.com/jsp/jstl/core" %>
<% String id = request.getParameter("id"); Connection conn = DriverManager.getConnection(url); out.println(id); %>
<c:forEach var="item" items="${list}"><li>${item.name}</li></c:forEach><jsp:include page="footer.jsp" />
""",
    b"""<%@ Page Language="C#" AutoEventWireup="true" CodeBehind="Default.aspx.cs" Inherits="Web.Default" %>
<script runat="server">protected void Page_Load(object sender, EventArgs e) { Response.Write(Request["name"]); }</script>
<asp:TextBox ID="txtName" runat="server" /> <%
Dim conn, rs : Set conn = Server.CreateObject("ADODB.Connection") : conn.Open "dsn=test"
If Request.Form("act") = "save" Then sql = "update t set a=" & Request.QueryString("id") : conn.Execute(sql) : End If
%>""",
    b"""#!/usr/bin/env python3
import os, sys, socket, base64, subprocess
from urllib.request import urlopen
def main(argv):
    with open(os.path.join(os.getcwd(), "data.json")) as handle:
        print(handle.read(), file=sys.stderr)
    subprocess.run(["ls", "-l", argv[1]], check=True); time.sleep(1)
if __name__ == "__main__":
    main(sys.argv)
""",
    b"""#!/bin/bash
set -e
apt-get update && apt-get install -y curl wget nginx
for f in /etc/nginx/conf.d/*.conf; do echo "$f"; done
curl -fsSL https://example.com/install.sh | sh; chmod +x /usr/local/bin/tool; systemctl restart nginx; rm -rf /tmp/build
""",
    b"""From: "Support" <support@example.com>
To: user@example.com
Subject: Your invoice 2024-118
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

Dear customer, please find attached your invoice. Do not reply to this message. Password resets are made on our site.
""",
    b"""CREATE TABLE `users` (`id` int(11) NOT NULL AUTO_INCREMENT, `email` varchar(100) DEFAULT '', PRIMARY KEY (`id`));
INSERT INTO `users` VALUES (1, 'admin@example.com'), (2, 'guest@example.com');
{"name": "app", "version": "1.0.0", "dependencies": {"express": "^4.17.1"}, "scripts": {"start": "node index.js"}}
""",
    b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0GCC: (Debian 12.2.0)\0.shstrtab\0.text\0__libc_start_main\0printf\0"
    b"/lib64/ld-linux-x86-64.so.2\0GLIBC_2.34\0usage: %s [options] file\n\0--help\0--version\0error: cannot open %s\0",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0\x1f\xf3\xffa\0\0\0\x19tEXtSoftware\0Adobe ImageReady\0IDATx\xda",
)  # fmt: skip

TEXT = b"\n".join(PAGES) * 16
