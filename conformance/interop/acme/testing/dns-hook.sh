#!/bin/sh
# Sets and removes the TXT records of dns-01 at the DNS server of the tests, for each client in its own way of calling.
# DNS_MANAGEMENT is the URL of pebble-challtestsrv's management interface.
set -eu

publish() { # name value
  curl -fsS -d "{\"host\": \"${1%.}.\", \"value\": \"$2\"}" "$DNS_MANAGEMENT/set-txt"
}
remove() { # name
  curl -fsS -d "{\"host\": \"${1%.}.\"}" "$DNS_MANAGEMENT/clear-txt"
}

case "$1" in
  # certbot --manual-auth-hook 'dns-hook.sh certbot-auth' --manual-cleanup-hook 'dns-hook.sh certbot-cleanup'
  certbot-auth) publish "_acme-challenge.$CERTBOT_DOMAIN" "$CERTBOT_VALIDATION" ;;
  certbot-cleanup) remove "_acme-challenge.$CERTBOT_DOMAIN" ;;
  # lego --dns exec, EXEC_PATH=dns-hook.sh
  present) publish "$2" "$3" ;;
  cleanup) remove "$2" ;;
  # dehydrated --hook dns-hook.sh
  deploy_challenge) publish "_acme-challenge.$2" "$4" ;;
  clean_challenge) remove "_acme-challenge.$2" ;;
  # uacme --hook dns-hook.sh; a status that is not 0 declines a challenge of another type
  begin) [ "$2" = dns-01 ] && publish "_acme-challenge.$3" "$5" ;;
  done | failed) remove "_acme-challenge.$3" ;;
  # MDChallengeDns01 dns-hook.sh
  setup) publish "_acme-challenge.$2" "$3" ;;
  teardown) remove "_acme-challenge.$2" ;;
esac
