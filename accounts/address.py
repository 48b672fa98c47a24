"""Where a request comes from, as far as somebody we trust has seen it."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings


def address_of(request):
    """The address of whoever asks, or None. Only our own proxies are believed about it."""
    seen = request.META.get("REMOTE_ADDR", "")
    count = settings.TRUSTED_PROXIES
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    # Each proxy adds at the right; what stands further left anybody may have written.
    if 0 < count <= len(hops):
        return parsed(hops[-count]) or parsed(seen)
    return parsed(seen)


def network_of(request):
    """What failures are counted by: one household has all addresses of an IPv6 network."""
    address = address_of(request)
    if address and ":" in address:
        return str(ip_network(f"{address}/64", strict=False).network_address)
    return address


def parsed(text):
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        # A zone ("%eth0") is no part of an address that a database knows.
        found = found.ipv4_mapped or IPv6Address(found.packed)
    return str(found)
