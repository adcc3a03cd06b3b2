#!/bin/sh
# Packs the plugin as a Debian package: sh make-deb.sh [VERSION]. Pools serve it when it is installed.
set -eu
cd "$(dirname "$0")"
version=${1:-0.1.0}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
umask 022
dotnet publish src --configuration Release -p:Version="$version" --output "$root/usr/lib/taskqueue/plugins/greet"
mkdir "$root/DEBIAN"
cat > "$root/DEBIAN/control" <<END
Package: taskqueue-plugin-greet
Version: $version
Architecture: all
Maintainer: $(id -un) <$(id -un)@$(hostname -f)>
Depends: taskqueue-common
Enhances: taskqueue-workerpool, taskqueue-standalone
Section: net
Priority: optional
Description: worker for TaskQueue: greet
END
dpkg-deb --root-owner-group --build "$root" .
