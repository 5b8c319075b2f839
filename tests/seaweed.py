"""A real S3 server for tests: SeaweedFS from a wheel, up in a second, with real credentials.

It checks secrets, signatures, checksums and conditions as Amazon does; a mock accepts anything.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


ACCESS_KEY, SECRET_KEY, REGION = "hoofbeat-test", "a-secret-nobody-guesses", "us-east-1"
BUCKET = "vault"


class Seaweed:
    """One server with the bucket `vault`; use as a context manager.

    After `kill`, `start` brings it back with the same data at the same address.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.master, self.volume, self.filer, self.s3, self.admin = _free_ports(5)
        self.url = f"http://127.0.0.1:{self.s3}"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "s3.json").write_text(json.dumps(_identities()))

    def __enter__(self) -> Seaweed:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def environment(self) -> dict[str, str]:
        """What a user sets to reach this server."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self, secret: str = SECRET_KEY) -> S3Client:
        """A plain S3 client, to look behind the store's back."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=secret,
            region_name=REGION,
            config=Config(
                connect_timeout=2,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    def start(self) -> None:
        """Return when the first put is answered; a port that listens proves nothing."""
        with (self.folder / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError((self.folder / "weed.log").read_text()[-2000:])
            time.sleep(0.03)

    def kill(self) -> None:
        """End it as a power cut does; asking politely takes as long as clients stay connected."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        client = self.client()
        try:
            with contextlib.suppress(
                client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists
            ):
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key=".ready", Body=b"")
            client.delete_object(Bucket=BUCKET, Key=".ready")
        except (ClientError, BotoCoreError):
            return False
        finally:
            client.close()
        return True

    def _command(self) -> list[str]:
        return [
            shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed",
            *("-logtostderr=true", "-v=0", "mini", f"-dir={self.folder}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *("-admin.ui=false", "-webdav=false", "-s3.iam=false", "-master.telemetry=false"),
            # Their fixed default ports would stop a second server from starting.
            *("-s3.port.iceberg=0", "-s3.port.lance=0", "-metricsPort=0"),
            f"-s3.config={self.folder / 's3.json'}",
            *(f"-master.port={self.master}", f"-volume.port={self.volume}"),
            *(f"-filer.port={self.filer}", f"-s3.port={self.s3}", f"-admin.port={self.admin}"),
            *("-master.volumeSizeLimitMB=64", "-volume.preStopSeconds=0"),
        ]


def _identities() -> dict[str, object]:
    return {
        "identities": [
            {
                "name": "studio",
                "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            },
            {
                "name": "visitor",
                "credentials": [{"accessKey": "visitor", "secretKey": "only-looks"}],
                "actions": ["Read", "List"],
            },
        ]
    }


def _free_ports(count: int) -> list[int]:
    """Ports whose +10000 twin, which the server uses too, is free as well."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.randint(15000, 32000)
        if port not in ports and _is_free(port) and _is_free(port + 10000):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
