"""How a shell asks what may be typed: its script, where that is installed, and the words it hands over.

The script sets `_IMGFILE_COMPLETE` to `complete_SHELL` and hands over the words typed so far; each line that comes back
is a word, a tab and what it means, or `:files` or `:folders`, which the shell knows itself.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.cli.completion.offers import Build, Offers, offers
from imgfile.errors import UsageError
from imgfile.terminal import Terminal

VARIABLE: Final = "_IMGFILE_COMPLETE"
SHELLS: Final = ("bash", "zsh", "fish", "powershell")
_ASKING: Final = "complete_"

_BASH: Final = """\
_imgfile_complete() {
    local IFS=$'\\n' line words
    words=$(printf '%s\\n' "${COMP_WORDS[@]:0:COMP_CWORD+1}")
    COMPREPLY=()
    for line in $(COMP_WORDS="$words" COMP_CWORD=$COMP_CWORD _IMGFILE_COMPLETE=complete_bash "$1" 2>/dev/null); do
        case "$line" in
            :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")) ;;
            :folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "${COMP_WORDS[COMP_CWORD]}")) ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done
}
complete -F _imgfile_complete imgfile
"""
_ZSH: Final = """\
#compdef imgfile
_imgfile() {
    local -a lines offered
    local line
    lines=("${(@f)$(COMP_WORDS="${(pj:\\n:)words[1,CURRENT]}" COMP_CWORD=$((CURRENT-1)) \\
        _IMGFILE_COMPLETE=complete_zsh "${words[1]}" 2>/dev/null)}")
    for line in $lines; do
        case "$line" in
            :files) _files; return ;;
            :folders) _files -/; return ;;
            ?*) offered+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}") ;;
        esac
    done
    (( $#offered )) && _describe -V imgfile offered
}
if [ "$funcstack[1]" = "_imgfile" ]; then _imgfile "$@"; else compdef _imgfile imgfile; fi
"""
_FISH: Final = """\
function __imgfile_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (COMP_WORDS=(string join \\n -- $typed "$current" | string collect --no-trim-newlines) \\
        COMP_CWORD=(count $typed) _IMGFILE_COMPLETE=complete_fish imgfile 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path "$current"
        case :folders
            __fish_complete_directories "$current"
        case '*'
            test -n "$lines[1]"; and printf '%s\\n' $lines
    end
end
complete -c imgfile -f -a '(__imgfile_complete)'
"""
_POWERSHELL: Final = """\
Register-ArgumentCompleter -Native -CommandName imgfile -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $typed += '' }
    $Env:COMP_WORDS = $typed -join "`n"
    $Env:COMP_CWORD = $typed.Count - 1
    $Env:_IMGFILE_COMPLETE = 'complete_powershell'
    try {
        imgfile | Where-Object { $_ -and -not $_.StartsWith(':') } | ForEach-Object {
            $word, $does = $_ -split "`t", 2
            if (-not $does) { $does = $word }
            [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $does)
        }
    } finally {
        Remove-Item Env:_IMGFILE_COMPLETE, Env:COMP_WORDS, Env:COMP_CWORD
    }
}
"""
SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}


def is_asked(environment: Mapping[str, str]) -> bool:
    """Return whether a shell asks what may be typed."""
    return VARIABLE in environment


def answer(terminal: Terminal, build: Build) -> int:
    """Print what may be typed, as the shell that asks reads it; nothing where that cannot be found out."""
    shell = os.environ[VARIABLE].removeprefix(_ASKING)
    try:
        for line in _lines(_offers(build), with_meaning=shell != "bash"):
            terminal.page(line + "\n")
    except Exception:  # noqa: BLE001, S110 - a half-typed line is on the screen: no error may be printed into it
        pass
    return 0


def _offers(build: Build) -> Offers:
    words = _words(os.environ.get("COMP_WORDS", ""))
    at = int(os.environ.get("COMP_CWORD", len(words) - 1))
    return offers(words[1:at], words[at] if at < len(words) else "", build)


def _words(text: str) -> list[str]:
    """Split what was typed: at line ends, as our scripts join it, or at blanks."""
    parts = text.split("\n") if "\n" in text else text.split(" ")
    return [_unquoted(part) for part in parts]


def _unquoted(word: str) -> str:
    """Take the quotes off a word; one that is not closed yet is left as it is."""
    try:
        return "".join(shlex.split(word))
    except ValueError:
        return word.lstrip("'\"")


def _lines(found: Offers, *, with_meaning: bool) -> list[str]:
    if found.own:
        return [f":{found.own}"]
    return [f"{word}\t{does}" if with_meaning else word for word, does in found.words]


# --- installing -----------------------------------------------------------------------------------------


def show(terminal: Terminal, named: str | None) -> int:
    """Print a shell's script. Raises `UsageError`."""
    terminal.page(SCRIPTS[_shell(named)])
    return 0


def install(terminal: Terminal, named: str | None) -> int:
    """Put a shell's script where it looks for such, and say what is left to do. Raises `UsageError`, `NotWritable`."""
    shell = _shell(named)
    path = _place(shell)
    if path is None:
        terminal.say("Add to the file that $PROFILE names:")
        terminal.say("  imgfile --show-completion powershell | Out-String | Invoke-Expression")
        return 0
    files.make_folder(path.parent)
    files.replace(path, SCRIPTS[shell].encode(), is_durable=False)
    terminal.say(f"Written: {path}. Open a new terminal.")
    if shell == "bash":
        terminal.say(f"Without the package bash-completion, add to ~/.bashrc:  source {shlex.quote(str(path))}")
    if shell == "zsh":
        terminal.say("Unless ~/.zshrc has it, add:  fpath+=~/.zfunc; autoload -Uz compinit; compinit")
    return 0


def _shell(named: str | None) -> str:
    name = (named or Path(os.environ.get("SHELL", "powershell" if sys.platform == "win32" else "")).name).casefold()
    name = "powershell" if name == "pwsh" else name
    if name not in SHELLS:
        raise UsageError(f"completion is there for {', '.join(SHELLS)}.", "Name one:  imgfile --show-completion bash")
    return name


def _place(shell: str) -> Path | None:
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "imgfile",
        "zsh": home / ".zfunc" / "_imgfile",
        "fish": config / "fish" / "completions" / "imgfile.fish",
    }.get(shell)
