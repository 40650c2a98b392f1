"""Refusals of the site itself: its address, its names, its connections."""

from __future__ import annotations

from ....smtp.errors import Code
from ..known import ANYWHERE, EHLO, FIRST, MESSAGE, SENDING, STARTTLS, known

_ENVELOPE = FIRST | SENDING

REPLIES = (
    known(
        Code.EHLO_NAME_REFUSED,
        "helo command rejected | ehlo command rejected | bad helo | invalid helo | bad ehlo | invalid ehlo |"
        " helo name | ehlo name | helo hostname | helo host name | helo host | helo argument | ehlo argument |"
        " hello name | helo rejected | ehlo rejected | valid helo | valid ehlo | proper helo | proper ehlo |"
        " helo ehlo | ehlo helo | helo or ehlo | your helo | your ehlo | helo string | hostname in helo |"
        " hostname in ehlo | need fully qualified hostname | need fully qualified host name | fully qualified"
        " hostname | fully qualified host name | helo domain | helo mismatch | helo does not match | forged"
        " helo | helo fqdn | helo response | helo syntax | helo validation | helo check | ungültiges helo |"
        " ungültiger helo",
        but_not="spf | must say helo | first | provide a helo | provide helo | send a helo | send helo"
        " | send ehlo",
        stages=_ENVELOPE,
    ),
    known(
        Code.EHLO_NAME_REFUSED,
        "helo | ehlo",
        "fqdn | fully qualified | address literal | should be | must be | not resolve | does not match | no"
        " such host | denied | must exist | banned | badhelo | non fqdn | invalid | not valid",
        but_not="spf | must be said | first",
        stages=_ENVELOPE,
    ),
    known(
        Code.EHLO_NAME_REFUSED,
        "domain | hostname | host name | name | argument | address | localhost | fully qualified | *имя*",
        "invalid | bad | illegal | not valid | need | required | requires | syntax | wrong | not resolve |"
        " does not | fully | unknown | rejected | not found | not allowed | denied | ungültig | invalide |"
        " *неверн*",
        stages=EHLO,
        codes=(500, 501, 504, 550, 552, 553, 554, 555),
        but_not="ip | spamhaus | rbl | blacklisted | blocklist | dns | ptr | rdns | reverse | client host | spam"
        " | reputation",
    ),
    known(
        Code.EHLO_NAME_REFUSED,
        "address literal | address literals | ip literal | ip literals | plain ip | not localhost | are not me"
        " | forged ip | forged ips | forged name | forged hostname | impersonating",
        stages=EHLO,
    ),
    known(
        Code.SITE_IP_WITHOUT_NAME,
        "reverse dns | reverse lookup | reverse name | reverse hostname | reverse host | rdns | reverse ip |"
        " reverse record | reverse resolution | reverse domain | reversedns | fcrdns | ptr | cannot find your"
        " hostname | cannot find your reverse | ip name lookup failed | no dns record for your ip |"
        " rückwärtsauflösung | résolution inverse | *обратная зона* | *обратной зон* | *反向解析* | without"
        " reverse | *逆引き* | unresolvable relay host | unverifyable sending ips",
        but_not="blacklisted | blocklisted",
        stages=_ENVELOPE,
    ),
    # Lists of domains and links, before those of addresses.
    known(
        Code.CONTENT_REFUSED,
        "dbl | surbl | uribl | url | urls | link | links | body",
        "listed | blacklist | blacklisted | blocklist | blocklisted | spamhaus | blocked | malicious | contains"
        " | contained | present",
        but_not="sender address",
        stages=MESSAGE,
    ),
    known(
        Code.SENDER_BLOCKED,
        "sender domain | from domain | sending domain | sender address | envelope sender | mail from domain |"
        " rhsbl | domain of sender | from address | sender email | senders domain | sender rejected",
        "listed | blacklist | blacklisted | blocklist | blocklisted | block list | black list | blocked | banned"
        " | reputation | gesperrt | bloqué | *черн* | *黑名单*",
        but_not="ip | client host",
        stages=SENDING,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "your ip | your host | your server | your mail server | your network | client host | your mta"
        " | sending mta",
        "filtered | denied | refused | rejected | spammer | spams | excessive | ip control"
        " | not allowed to connect | forbidden"
        " | not currently accepting | suspiciously | unwanted",
        but_not="access denied | find your hostname | cannot find | relay | relaying | spf | dkim | dmarc"
        " | helo | ehlo"
        " | authentication | authenticated | authorized | authorised | sender address rejected | sender domain"
        " | recipients | user unknown | too many | rate | message | frequency | whitelist | whitelisted"
        " | rejected try again later | rejected service currently unavailable",
        stages=FIRST,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "client host rejected | your ip is sending | your host has been denied | connections not accepted from"
        " | not allowed to connect | spam suspect ip control | dnsbl rejected | bad ip | blacklisted reverse dns"
        " | sender ip address rejected | not currently accepting mail from your ip | bad sender ip | open proxy"
        " | smtp server of your isp | spams from your ip | forbidden by your ip | looks suspiciously like spammer",
        but_not="hostname | rejected try again later | rejected service currently unavailable",
        stages=SENDING,
        logged_in=True,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "spamhaus | spamcop | sorbs | uceprotect | senderscore | barracudacentral | abuseat | abusix | psbl |"
        " njabl | sbl | xbl | pbl | rbl | rbls | dnsbl | dnsbls | dnsrbl | nixspam | manitu | spamrats |"
        " hostkarma | invaluement | backscatterer | mailspike | reputation service | drbl",
        but_not="greylisting | greylisted",
        stages=_ENVELOPE | STARTTLS,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "ip | ips | ip address | ipv4 | ipv6 | client host | client address | sending host | your host | your"
        " server | your network | netblock | subnet | source address | remote host | connecting host | adresse"
        " ip | ip adresse | *ip адрес* | *ip地址* | *ipアドレス* | dirección ip | direccion ip"
        " | indirizzo ip | endereço ip | ip adres | adres ip | connection from | connections from"
        " | mta | server address",
        "blacklist | blacklisted | blacklists | blocklist | blocklisted | block list | black list | blocklists"
        " | blocked | banned | listed | reputation | poor | abuse | not accepted | bloquée | bloqué | liste"
        " noire | gesperrt | schwarze liste | schwarzen liste | *заблокирован* | *черн* | *黑名单* | *封* | block"
        " | spam source | spam sources | dynamic | dial up | dialup | residential | insufficient | untrusted"
        " | bloqueada | bloqueado | bloccato | lista negra | geblokkeerd | zwarte lijst | zablokowany"
        " | zablokowane | czarnej liście | czarna lista | *ブロック* | *ブラックリスト* | *차단*",
        but_not="spf | dkim | dmarc | not authorized to send | not allowed to send | relay | relaying | whitelist"
        " | whitelisted | sender address rejected | user unknown | authentication | frequency | greylisting"
        " | authenticated | too many | rate | quota | recipients",
        stages=_ENVELOPE,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "open proxy | no access from mail server | smtp server of your isp | is in a black list"
        " | you are not allowed to"
        " connect | sending excessive | bad ip | bad sender ip | sender ip address rejected"
        " | looks suspiciously like spammer | go away | cannot connect for | may not connect for | banned for"
        " | not allowed to connect for"
        " | following ip address",
        stages=FIRST,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "poor reputation | bad reputation | low reputation | reputation score | poor email reputation | mtas poor"
        " reputation",
        but_not="domain | url | urls | link | sender address",
        stages=_ENVELOPE,
    ),
    known(
        Code.SITE_IP_NOT_ALLOWED,
        "ip | ip address | your address | client address | adresse ip | ip adresse | *ip адрес* | *ip地址* |"
        " sender ip",
        "not authorized | not authorised | unauthorized | unauthorised | not allowed | not permitted | not"
        " whitelisted | whitelist | allowlist | allow list | not registered | unregistered | not listed | not"
        " in the list | nicht erlaubt | non autorisée | *не разрешен* | *не разрешён* | *白名单* | restricted |"
        " not recognized",
        but_not="spf | dkim | dmarc | domain owner | send from | send as | send emails as | send mail from"
        " | sending mails from | sender address | on behalf",
        stages=_ENVELOPE,
    ),
    known(
        Code.SITE_IP_BLOCKED,
        "spam | spamming | abuse | blacklist | blacklisted | blocklist | blocked | banned | reputation |"
        " dynamic | *спам*",
        stages=FIRST,
        codes=(450, 421, 521, 550, 551, 552, 553, 554, 556, 571),
        but_not="domain name | command | helo | ehlo | too many | connections | temporarily",
    ),
    known(
        Code.CONNECTION_LIMIT,
        "too many connections | too many concurrent | concurrent connections | concurrent smtp | simultaneous"
        " connections | number of connections | connection limit | connections limit | max connections |"
        " maximum connections | maximum number of connections | maximum number of concurrent | too many"
        " sessions | too many smtp sessions | connection rate | too many open connections | too many"
        " simultaneous | zu viele verbindungen | zu viele gleichzeitige | trop de connexions | *слишком много"
        " соединений* | *слишком много подключений* | *连接数* | *并发* | connections exceeded | concurrent"
        " session | parallel connections | session limit | too many connected | connected clients"
        " | number of sessions | too many clients | many clients",
        stages=ANYWHERE,
    ),
)
