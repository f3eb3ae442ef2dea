#!/bin/sh
# `make run` on a fresh minimal Debian: what a stranger sees after cloning.  Needs root, debootstrap.
#
#   tests/fresh/debian.sh user          an ordinary user
#   tests/fresh/debian.sh root          root, where user namespaces work
#   tests/fresh/debian.sh root-chroot   root in a plain chroot, where they are refused
#   tests/fresh/debian.sh root-closed   the same in a folder that only root may enter: must refuse
#
# Starts twice and prints the seconds until "frontdesk: ready" and until the end after SIGTERM.
# FRESH_DIR (/var/tmp/frontdesk-fresh) keeps the bare system from run to run; SUITE, MIRROR, PORT.
set -eu

mode=${1:?user, root, root-chroot or root-closed}
dir=${FRESH_DIR:-/var/tmp/frontdesk-fresh}
suite=${SUITE:-bookworm}
port=${PORT:-8123}
here=$(cd "$(dirname "$0")/../.." && pwd)

if [ ! -d "$dir/$suite" ]; then
    mkdir -p "$dir"
    rm -rf "$dir/$suite.new"
    debootstrap --variant=minbase --include=python3-venv,make,ca-certificates \
        "$suite" "$dir/$suite.new" ${MIRROR:+"$MIRROR"} >"$dir/debootstrap.log"
    mv "$dir/$suite.new" "$dir/$suite"
fi

# mounts in a namespace of their own: they go away with it
if [ "${FRESH_INSIDE:-}" != 1 ]; then
    FRESH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

root=$dir/root-$mode
rm -rf "$root"
cp -a "$dir/$suite" "$root"
# the network, the certificates and the package index of this machine
cp -L --remove-destination /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L --remove-destination /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
for config in /etc/pip.conf /etc/xdg/pip; do
    [ -e "$config" ] && mkdir -p "$root$(dirname $config)" && cp -rL "$config" "$root$config"
done
case $mode in
    user) place=/home/clinic/frontdesk ;;
    root-closed) place=/root/frontdesk ;;
    *) place=/opt/frontdesk ;;
esac
mkdir -p "$root$place"
tar -C "$here" --exclude=./.git --exclude='./.venv*' --exclude='./.data*' -cf - . |
    tar -C "$root$place" --no-same-owner -xf -
chroot "$root" useradd --uid 1234 --home-dir /home/clinic --shell /bin/sh clinic
if [ "$mode" = user ]; then chown -R 1234:1234 "$root/home/clinic"; fi

cat >"$root/usr/local/bin/try" <<'TRY'
#!/bin/sh
# One start: prints its seconds.  $1 what to call it, $2 the line to wait for, $3 the longest wait
set -u
began=$(date +%s%N)
since() { echo "$(( ($(date +%s%N) - began) / 100000000 ))" | sed 's/\(.\)$/.\1/; s/^\./0./'; }
make run >"/tmp/$1.log" 2>&1 &
make=$!
while ! grep -q "^$2" "/tmp/$1.log"; do
    if ! kill -0 $make 2>/dev/null || [ "$(since | cut -d. -f1)" -ge "$3" ]; then
        echo "$1: no line \"$2\" after $(since) s. The last lines:"
        tail -n 30 "/tmp/$1.log"
        kill -TERM $make 2>/dev/null
        exit 1
    fi
    sleep 0.1
done
echo "$1: \"$2\" after $(since) s"
sleep 1
began=$(date +%s%N)
kill -TERM $make 2>/dev/null
wait $make
echo "$1: ended after $(since) s (status $?)"
TRY
chmod 755 "$root/usr/local/bin/try"

cat >"$root/usr/local/bin/fresh" <<'FRESH'
#!/bin/sh
set -eu
cd "$1"
python3 --version
if [ "$2" = root-closed ]; then
    try refused 'frontdesk: PostgreSQL refuses to run as root' 300
    grep '^frontdesk: PostgreSQL' /tmp/refused.log
    exit
fi
try first 'frontdesk: ready' 300
try second 'frontdesk: ready' 60
left=$(ls .data/run/processes.json && cat .data/run/processes.json)
echo "left in processes.json: $left"
FRESH
chmod 755 "$root/usr/local/bin/fresh"

settings="HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 PORT=$port"
pip=$(env | grep '^PIP_[A-Z_]*=[^ ]*$' | tr '\n' ' ' || true)
mkdir -p "$root/proc" "$root/dev/shm"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
case $mode in
    user)
        settings="$settings HOME=/home/clinic"
        exec env -i $settings $pip chroot --userspec=1234:1234 "$root" fresh $place user ;;
    root)
        # a new root folder, not a chroot: there the kernel refuses user namespaces
        mount --bind "$root" "$root"
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mkdir -p "$root/old"
        cd "$root"
        pivot_root . old
        umount -l /old
        exec env -i $settings $pip fresh $place root ;;
    *)
        exec env -i $settings $pip chroot "$root" fresh $place "$mode" ;;
esac
