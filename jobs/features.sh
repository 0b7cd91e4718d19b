#!/usr/bin/env bash
# jobs/features.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
submit FeaturesCommand "$@"
