#!/usr/bin/env bash
# Installs the browser that the page's test runs in, on Debian and its relatives. Without one the
# test is skipped.
set -euo pipefail
apt-get update -qq
apt-get install -y --no-install-recommends chromium
