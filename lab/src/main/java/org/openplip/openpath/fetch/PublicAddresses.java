package org.openplip.openpath.fetch;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/// Whether an address is one of the public internet, by the registries of special-purpose addresses
/// (RFC 6890 and its updates): not this machine, a private network, a link, a group, an example.
///
/// Of IPv6, only global unicast (`2000::/3`) is public, without the blocks for protocols,
/// documentation and tunnels; an IPv4 address inside an IPv6 one (mapped, which the JDK unwraps by
/// itself, NAT64, 6to4) is judged as that.
final class PublicAddresses {
    private PublicAddresses() {}

    static boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return switch (address) {
            case Inet4Address _ -> isPublic4(bytes, 0);
            case Inet6Address _ -> isPublic6(bytes);
            default -> false;
        };
    }

    private static boolean isPublic6(byte[] b) {
        if (in(b, 0, "64:ff9b::", 96)) return isPublic4(b, 12); // NAT64, RFC 6052
        if (in(b, 0, "2002::", 16)) return isPublic4(b, 2); // 6to4, RFC 3056
        return in(b, 0, "2000::", 3)
                && !in(b, 0, "2001::", 23) // protocols, Teredo among them
                && !in(b, 0, "2001:db8::", 32)
                && !in(b, 0, "3fff::", 20);
    }

    /// @param at where the four bytes begin
    private static boolean isPublic4(byte[] b, int at) {
        return !in(b, at, "0.0.0.0", 8)
                && !in(b, at, "10.0.0.0", 8)
                && !in(b, at, "100.64.0.0", 10) // carriers' NAT
                && !in(b, at, "127.0.0.0", 8)
                && !in(b, at, "169.254.0.0", 16) // link-local; clouds' metadata services
                && !in(b, at, "172.16.0.0", 12)
                && !in(b, at, "192.0.0.0", 24)
                && !in(b, at, "192.0.2.0", 24)
                && !in(b, at, "192.88.99.0", 24)
                && !in(b, at, "192.168.0.0", 16)
                && !in(b, at, "198.18.0.0", 15)
                && !in(b, at, "198.51.100.0", 24)
                && !in(b, at, "203.0.113.0", 24)
                && !in(b, at, "224.0.0.0", 3); // multicast, reserved, broadcast
    }

    private static boolean in(byte[] address, int at, String block, int bits) {
        byte[] prefix = bytes(block);
        int whole = bits / 8;
        if (!Arrays.equals(address, at, at + whole, prefix, 0, whole)) return false;
        int rest = bits % 8;
        return rest == 0 || ((address[at + whole] ^ prefix[whole]) & 0xff) >> (8 - rest) == 0;
    }

    private static byte[] bytes(String literal) {
        try {
            return InetAddress.ofLiteral(literal).getAddress();
        } catch (IllegalArgumentException e) {
            throw new AssertionError(literal, e);
        }
    }
}
