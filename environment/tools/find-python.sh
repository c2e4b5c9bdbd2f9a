# Sourced by the commands of this folder: sets `python` to a Python >= 3.10 that can make virtual environments.
# Bash 3.2 must do (macOS).

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
fit='import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)'
python=''
without_venv=''

# By name through PATH first, then where a PATH without them often hides one.
elsewhere="${COSTATE_PYTHON_ELSEWHERE-/usr/bin/python3 /usr/local/bin/python3 /opt/homebrew/bin/python3 /opt/local/bin/python3}"
for candidate in python3 python3.13 python3.12 python3.11 python3.10 python3.14 python $elsewhere; do
    program="$(command -v -- "$candidate" 2>/dev/null)" || continue
    "$program" -c "$fit" >/dev/null 2>&1 || continue
    if "$program" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        python="$program"
        break
    fi
    without_venv="${without_venv:-$program}"
done

if [ -z "$python" ]; then
    case "$(uname -s)" in
        Darwin) remedy='brew install python@3.13, or sudo port install python313' ;;
        *)
            if command -v apt-get >/dev/null 2>&1; then
                remedy='sudo apt install python3 python3-venv'
            elif command -v dnf >/dev/null 2>&1; then
                remedy='sudo dnf install python3'
            else
                remedy='install Python 3.10 or newer from your system'
            fi
            ;;
    esac
    if [ -n "$without_venv" ]; then
        echo "$without_venv cannot make virtual environments (its modules venv and ensurepip are not installed)." >&2
    else
        echo "No Python 3.10 or newer was found on PATH." >&2
    fi
    echo "  Remedy: $remedy" >&2
    exit 1
fi
