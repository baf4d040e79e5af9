# Completion for flipctl in bash: commands, options, states, and the ids of assets, which flipd is asked for.

# The ids of assets in some states, newest first. Where flipd does not answer there are none.
_flipctl_ids() {
    local state
    for state in "$@"; do
        flipctl "${where[@]}" --json list --state "$state" --limit 100 2>/dev/null |
            grep -o '"id":"[0-9a-f-]*"' | cut -d '"' -f 4
    done
}

_flipctl() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' word place
    local -a where=()
    # What stands before: the command, and which flipd is meant.
    for ((place = 1; place < COMP_CWORD; place++)); do
        word=${COMP_WORDS[place]}
        case $word in
            --socket | --root)
                where=("$word" "${COMP_WORDS[place + 1]}")
                ((place++))
                ;;
            -*) ;;
            *) [ -n "$command" ] || command=$word ;;
        esac
    done
    COMPREPLY=()
    case $before in
        --socket | --root)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames 2>/dev/null
            return
            ;;
        --state) words='pending processing ready failed duplicate deleted purged' ;;
        --kind) words='video photo' ;;
        --collection | --ref | --name | --limit) return ;;
        *)
            case $command:$current in
                :-*) words='--socket --root --json --help --version' ;;
                :*)
                    words='status list show find watch retry delete restore verify heal usage snapshot backup doctor'
                    ;;
                list:*) words='--state --kind --collection --ref --name --limit' ;;
                backup:*) words='--init --now' ;;
                retry:-*) words='--failed' ;;
                verify:-* | usage:*) words='--all' ;;
                retry:*) words=$(_flipctl_ids failed pending) ;;
                delete:*) words=$(_flipctl_ids ready) ;;
                restore:*) words=$(_flipctl_ids deleted) ;;
                verify:* | heal:*) words=$(_flipctl_ids ready deleted) ;;
                show:*) words=$(_flipctl_ids ready failed pending processing duplicate deleted) ;;
            esac
            case $command:$current in
                ?*:-*) words+=' --json --help' ;;
            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _flipctl flipctl
