#!/usr/bin/env bash
# jobs/curriculum.sh --help says what it does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
submit CurriculumCommand "$@"
