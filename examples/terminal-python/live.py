"""A living voice (docs/protocol.md, section 19): which blocks count, when each packet is heard, what the receipt says. No network, no clock, no disk."""
import hashlib, struct
from collections import deque, namedtuple

from trust import holds, need, sha256

HEAD, SIGNATURE, PACKET_MS, LEASE_MS, UNLEASED_MS = struct.Struct(">4sBB16sIQ16s"), 64, 20, 5000, 20_000
STALE_MS = 100  # a packet that could not sound at its time sounds not at all
Block = namedtuple("Block", "ends stream seq captured previous packets")


def read(data):
    """The block in these bytes, which have one spelling only; None where they are none. Says nothing about the signature."""
    end, at, packets = len(data) - SIGNATURE, HEAD.size, []
    if end < at:
        return None
    magic, flags, count, stream, seq, captured, previous = HEAD.unpack_from(data)
    for _ in range(count):
        length = int.from_bytes(data[at:at + 2], "big") if at + 2 <= end else 0
        if not 1 <= length <= 1275:
            return None
        packets.append(bytes(data[at + 2:at + 2 + length]))
        at += 2 + length
    is_one = magic == b"CLR1" and flags in (0, 1) and (1 - flags) <= count <= 10 and seq > 0 and captured < 2**53 and at == end
    return Block(flags == 1, stream, seq, captured / 1000, previous, packets) if is_one else None


class Voice:
    """One grant that was dispatched: `live` of its message, when its opening begins, and since when it lies here."""

    def __init__(self, digest, live, start, placed=0):
        self.name, self.live, self.leased = digest[:32], live, max(start, placed)
        length = live["chime"]["durationMs"] if live["chime"] else 0
        self.start, self.ends = start, start + length + live["maxDurationMs"]
        self.opens = max(start + length, placed)  # the opening sounds until then, or nothing was here yet
        self.seq, self.until, self.after = 0, None, bytes(16)  # of the last block taken: number, end of its sound, hash
        self.first = self.blocks = self.late = self.refused = 0
        self.is_ended, self.waiting, self.sounded, self.chain, self.told = False, deque(), [], hashlib.sha256(), {}

    def take(self, data, now):
        """Judges a block, in the order of the page, and keeps its packets for their time. Answers when its first sample is heard."""
        live, block = self.live, None
        need(not self.is_ended, "REJ_STREAM")
        need(len(data) <= 8192, "REJ_SIZE")
        block = read(data)
        need(block and len(block.packets) * PACKET_MS <= live["blockMs"], "REJ_SHAPE")
        need(block.stream.hex() == self.name, "REJ_STREAM")
        need(block.seq > self.seq, "REJ_SEQ_REPLAY")
        length, heard = len(block.packets) * PACKET_MS, block.captured + live["delayMs"]
        need(block.captured <= now + 5000, "REJ_NOT_YET")
        need(heard >= now - 10_000 and heard >= self.start and heard + length <= self.ends, "REJ_EXPIRED")
        need(self.until is None or block.captured >= self.until - 5, "REJ_EXPIRED")
        need(holds(live["sessionKey"], bytes(data[-SIGNATURE:]), bytes(data[:-SIGNATURE])), "REJ_SIGNATURE")
        need(block.seq != self.seq + 1 or block.previous == self.after, "REJ_BLOCK_CHAIN")
        digest = hashlib.sha256(data).digest()
        self.chain.update(digest)
        self.seq, self.until, self.after, self.is_ended = block.seq, block.captured + length, digest[:16], block.ends
        self.first, self.blocks = self.first or block.seq, self.blocks + 1
        packets = [(heard + number * PACKET_MS, opus) for number, opus in enumerate(block.packets)]
        packets = [one for one in packets if one[0] >= self.opens]
        self.late += any(at < now for at, _opus in packets)
        self.waiting.extend(one for one in packets if one[0] >= now)
        return heard

    def sound(self, now):
        """Packets whose last sample has left the loudspeaker."""
        while self.waiting and self.waiting[0][0] + PACKET_MS <= now:
            packet = self.waiting.popleft()
            self.sounded += [packet] if packet[0] + PACKET_MS > now - STALE_MS and self.is_leased(packet[0]) else []

    def is_over(self, now):
        """The end was heard, or nothing may be heard any more."""
        return now >= self.ends or self.is_ended and not self.waiting and now >= self.until + self.live["delayMs"]

    def is_leased(self, now):
        """The newest lease holds; before there is one, the order itself for as long. What is known to its end needs none."""
        return self.is_ended or now < self.leased + LEASE_MS

    def is_given_up(self, now):
        return not self.is_leased(now - UNLEASED_MS)

    def proof(self):
        """`live` of a receipt."""
        return {"firstSeq": self.first, "lastSeq": self.seq, "blocks": self.blocks, "late": self.late,
                "lost": self.seq - self.first + 1 - self.blocks if self.blocks else 0, "blocksDigest": self.chain.hexdigest(),
                **({"held": True} if "held" in self.live else {})}

    def played(self):
        """`playedDigest`: SHA-256 over the SHA-256 of each packet that sounded."""
        return sha256(b"".join(hashlib.sha256(opus).digest() for _at, opus in self.sounded))


def ogg(packets):
    """An Ogg Opus file of these packets (RFC 7845), for a program that decodes such files."""
    head, tags = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0), struct.pack("<8sI0sI", b"OpusTags", 0, b"", 0)
    pages = [(2, 0, head), (0, 0, tags)] + [(4 if number == len(packets) else 0, number * 960, opus) for number, opus in enumerate(packets, 1)]
    return b"".join(page(kind, granule, number, data) for number, (kind, granule, data) in enumerate(pages))


def page(kind, granule, number, data):
    lacing = bytes([255] * (len(data) // 255) + [len(data) % 255])
    parts = [struct.pack("<4sBBqII", b"OggS", 0, kind, granule, 1, number), bytes([len(lacing)]) + lacing + data]
    return parts[0] + struct.pack("<I", checksum(parts[0] + bytes(4) + parts[1])) + parts[1]


def checksum(data):
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ TABLE[value >> 24 ^ byte]
    return value


def entry(value):
    for _ in range(8):
        value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


TABLE = [entry(byte << 24) for byte in range(256)]
