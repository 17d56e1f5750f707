# SPDX-License-Identifier: Apache-2.0
"""OCI images as files (image-spec 1.0): the same inputs give the same bytes."""
import gzip
import hashlib
import json
import os
import shutil
import tarfile

EPOCH = 1700000000  # of everything in an image; SOURCE_DATE_EPOCH of its root
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return "sha256:" + digest.hexdigest()


def compress(tar, out):
    """gzip without name and time; returns the layer: its own digest and that of what is in it."""
    with open(tar, "rb") as source, open(out, "wb") as target:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=target, mtime=0) as packed:
            shutil.copyfileobj(source, packed, 1 << 20)
    return {"file": out, "digest": sha256_of(out), "diff_id": sha256_of(tar), "size": os.path.getsize(out)}


def tar_folder(folder, out):
    """All below FOLDER, in order, owned by root, for everyone to read."""
    def normal(info):
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        info.mtime = EPOCH
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    names = []
    for parent, folders, files in os.walk(folder):
        names += [os.path.relpath(os.path.join(parent, name), folder) for name in folders + files]
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted(names):
            tar.add(os.path.join(folder, name), arcname=name, recursive=False, filter=normal)


class Layout:
    """A folder with blobs by digest."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "blobs", "sha256"))
        with open(os.path.join(folder, "oci-layout"), "w") as file:
            file.write('{"imageLayoutVersion":"1.0.0"}')

    def path(self, digest):
        return os.path.join(self.folder, "blobs", *digest.split(":"))

    def add(self, value, media):
        data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        with open(self.path(digest), "wb") as file:
            file.write(data)
        return {"mediaType": media, "digest": digest, "size": len(data)}

    def add_image(self, arch, layers, settings):
        """A manifest's descriptor. LAYERS as compress() told them; SETTINGS: Env, Cmd, Labels."""
        for layer in layers:
            if not os.path.exists(self.path(layer["digest"])):
                try:
                    os.link(layer["file"], self.path(layer["digest"]))
                except OSError:
                    shutil.copyfile(layer["file"], self.path(layer["digest"]))
        created = "2023-11-14T22:13:20Z"
        config = self.add({
            "architecture": arch, "os": "linux", "created": created, "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [layer["diff_id"] for layer in layers]},
            "history": [{"created": created, "created_by": layer["what"]} for layer in layers]}, CONFIG)
        manifest = self.add({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
            "layers": [{"mediaType": LAYER, "digest": layer["digest"], "size": layer["size"]} for layer in layers]}, MANIFEST)
        return manifest | {"platform": {"architecture": arch, "os": "linux"}}

    def finish(self, reference, manifests):
        """The top: one image, or an index of several. Returns the digest it is known by."""
        top = manifests[0]
        if len(manifests) > 1:
            top = self.add({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}, INDEX)
        names = {"org.opencontainers.image.ref.name": reference, "io.containerd.image.name": reference}
        with open(os.path.join(self.folder, "index.json"), "w") as file:
            json.dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [top | {"annotations": names}]}, file, sort_keys=True)
        return top["digest"]

    def archive(self, out):
        """One file, for `podman load`, `skopeo copy oci-archive:`, `ctr images import`."""
        with tarfile.open(out + ".new", "w", format=tarfile.GNU_FORMAT) as tar:
            for parent, folders, files in os.walk(self.folder):
                folders.sort()
                if parent != self.folder:  # apptainer makes no folders that are not named
                    info = tarfile.TarInfo(os.path.relpath(parent, self.folder))
                    info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, EPOCH
                    tar.addfile(info)
                for name in sorted(files):
                    path = os.path.join(parent, name)
                    info = tarfile.TarInfo(os.path.relpath(path, self.folder))
                    info.size, info.mode, info.mtime = os.path.getsize(path), 0o644, EPOCH
                    with open(path, "rb") as file:
                        tar.addfile(info, file)
        os.replace(out + ".new", out)
