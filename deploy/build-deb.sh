#!/usr/bin/env bash
# Builds the Debian packages.
set -euo pipefail

usage() {
    cat <<'END'
Usage: deploy/build-deb.sh [--arch amd64|arm64] FOLDER

Builds the Debian packages of this source, as it is in this folder (what git ignores left out), and puts them into FOLDER with their .changes file. Needs the
.NET 10 SDK, the packages debhelper and pandoc, and NuGet's packages.

  --arch ARCH   for that kind of machine instead of this one; packages for any kind (plugins, taskqueue-dev) are then not built
END
}

die() {
    printf 'build-deb.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

architecture='' target=''
while [ $# != 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --arch)
            [[ ${2:-} =~ ^(amd64|arm64)$ ]] || die '--arch: expected amd64 or arm64 behind it.' 64
            architecture=$2
            shift
            ;;
        -*) die "There is no option $1; see --help." 64 ;;
        *)
            [ -z "$target" ] || die "Expected one FOLDER, found \"$target\" and \"$1\"." 64
            target=$1
            ;;
    esac
    shift
done
[ -n "$target" ] || die 'Expected a FOLDER; see --help.' 64
for program in dotnet:'the .NET 10 SDK' dpkg-buildpackage:dpkg-dev dh:debhelper pandoc:pandoc; do
    command -v "${program%%:*}" > /dev/null || die "${program%%:*} is missing; install ${program#*:}."
done
mkdir -p -- "$target"
target=$(realpath -- "$target")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A tree of its own with debian/ at its top, where dpkg-buildpackage wants it.
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' deploy/debian/changelog)
tree=$work/taskqueue-$version
mkdir "$tree"
if revision=$(git rev-parse --verify --quiet HEAD); then
    [ -z "$(git status --porcelain)" ] || echo 'build-deb.sh: There are changes that are not committed; they are built as well.' >&2
    git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | tar --create --null --files-from=- | tar --extract --directory "$tree"
else
    # A source without git: as it is.
    revision=''
    tar --create --exclude=./artifacts . | tar --extract --directory "$tree"
fi
cp -r "$tree/deploy/debian" "$tree/debian"
echo "$revision" > "$tree/debian/revision"
chmod -R u=rwX,go=rX "$tree"

cd "$tree"
if [ -n "$architecture" ] && [ "$architecture" != "$(dpkg --print-architecture)" ]; then
    # Nothing is compiled for the host by a compiler of its own: what the build needs is this machine's.
    dpkg-buildpackage --no-sign --build=any --host-arch "$architecture" --no-check-builddeps
else
    dpkg-buildpackage --no-sign --build=binary
fi
mv -- "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$target"
