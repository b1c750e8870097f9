#!/usr/bin/env bash
# Shows that the course needs no network beyond the package install. In a fresh clone: installs with the network, then cuts it
# (a network namespace that has nothing but loopback) and runs, timed: `up --no-lab` twice, `run`, `test`, `down`.
#
#   benchmarks/offline.sh [--no-test|--spine] [FOLDER]     FOLDER: where to put the clone; default: a temporary one, removed afterwards
#   --spine: of the lessons 00 to 03, of the tests those of the commands, services, workers, pictures and these lessons
#
# Linux, as root or where users may make namespaces (`unshare -rn`). Ports don't matter: the namespace has its own.
set -euo pipefail

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit "${1:-0}"
}

with_test=yes folder="" lessons="" tests=""
for word in "$@"; do
    case $word in
        -h | --help) usage ;;
        --no-test) with_test=no ;;
        --spine)
            lessons="00 01 02 03"
            tests=$(echo tests/{gateway,weather,builder,timeline,history} \
                tests/commands/test_{commands,install,doctor,run}.py tests/services/test_faults.py tests/lab/test_lab.py \
                tests/lessons/test_lessons.py tests/workspace/test_{cells,receipts}.py tests/processes/test_{supervisor,workers}.py)
            tests+=" -knot(04_agent_routing)and(not(05_deep_research))"
            ;;
        -*) usage 2 >&2 ;;
        *) folder=$word ;;
    esac
done

stop() {
    echo "$1" >&2
    exit 1
}
[ "$(uname)" = Linux ] || stop "Network namespaces are Linux's. On this system, switch the network off by hand and type the commands yourself."
command -v unshare >/dev/null || stop "unshare is missing. Debian, Ubuntu: sudo apt install util-linux"
command -v ip >/dev/null || stop "ip is missing. Debian, Ubuntu: sudo apt install iproute2"
if [ "$(id -u)" = 0 ]; then
    cut=(unshare -n)
elif unshare -rn true 2>/dev/null; then
    cut=(unshare -rn) # an ordinary user who may make namespaces is root inside them
else
    stop "Cutting the network for one program needs root here. Type: sudo $0"
fi

source_folder=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
clone=$folder/clone
git clone -q "$source_folder" "$clone"
cd "$clone"
unset WORKSHOP_HOME
export CI=1

timed() {
    local began code=0
    began=$(date +%s%N)
    echo "== $*"
    "$@" || code=$?
    local tenths=$((($(date +%s%N) - began) / 100000000))
    echo "== $*: $((tenths / 10)).$((tenths % 10)) s, exit code $code"
    return "$code"
}

inside() {
    ip link set lo up
    if python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 3)' 2>/dev/null; then
        stop "The network is still there; nothing would be shown."
    fi
    echo "== The network is cut: $(ip -o link | wc -l) interface, $(ip route | wc -l) routes"
    trap 'python3 -m workshop down >/dev/null' EXIT
    local failed=0
    timed python3 -m workshop up --no-lab || failed=1
    timed python3 -m workshop up --no-lab || failed=1
    timed python3 -m workshop run $lessons || failed=1
    if [ "$with_test" = yes ]; then
        timed python3 -m workshop test $tests || failed=1
    fi
    timed python3 -m workshop down || failed=1
    return "$failed"
}

echo "== With the network: the install, with the test tools"
timed python3 -m workshop test --version
export with_test lessons tests
export -f inside timed stop
"${cut[@]}" bash -euo pipefail -c inside
echo "== Shown: all of it ran without a network."
