#!/usr/bin/env bash
# What a dev container does, and how long each step took: `create` installs, `start` brings the services up and verifies, `show` prints
# what the two said. Each can be run again at any time; none needs anything but this folder and a Python.
set -euo pipefail
umask 077 # as everything that the course writes
cd "$(dirname "$0")/.."
said=.lab/devcontainer
mkdir -p "$said"

step() {
    local title=$1 began=$SECONDS code=0
    shift
    echo "== $title: $*"
    "$@" || code=$?
    echo "== $title: $((SECONDS - began)) s"
    return "$code"
}

create() {
    step "install, generated files" python3 -m workshop build --check
}

# What doctor finds can be read and fixed inside; a container that "failed to start" could not even be read.
start() {
    step "services" python3 -m workshop up --no-lab
    step "verify" python3 -m workshop doctor || echo "== verify: something is wrong; the arrows above say what to type"
}

case "${1:-}" in
    create | start)
        "$1" 2>&1 | tee "$said/$1.txt"
        ;;
    show)
        for part in create start; do
            if [ -f "$said/$part.txt" ]; then cat "$said/$part.txt"; fi
        done
        ;;
    *)
        echo "usage: bash .devcontainer/steps.sh create | start | show" >&2
        exit 2
        ;;
esac
