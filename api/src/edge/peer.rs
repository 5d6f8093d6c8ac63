use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv6Addr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use ipnet::IpNet;

use super::Edge;
use crate::problem::Error;

/// 来源地址: who is at the other end, for rate limits. An IPv6 subscriber is one /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(pub IpAddr);

/// 反向代理: networks whose word about the peer is believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The last address, seen from here, that is not one of our own proxies.
    fn behind(&self, nearest: IpAddr, forwarded: &str) -> IpAddr {
        let mut address = nearest;
        for hop in forwarded.rsplit(',') {
            if !self.is_trusted(address) {
                break;
            }
            match hop.trim().parse() {
                Ok(hop) => address = hop,
                Err(_) => break,
            }
        }
        address
    }
}

impl Peer {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Error> {
        let nearest = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |address| address.ip());
        let headers = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let forwarded = headers.collect::<Vec<_>>().join(",");
        let address = Edge::of(request)?.proxies.behind(nearest, &forwarded).to_canonical();
        Ok(Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        }))
    }
}

impl FromRequest for Peer {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn behind(nearest: &str, forwarded: &str) -> String {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        proxies.behind(nearest.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        assert_eq!(behind("203.0.113.5", "1.1.1.1"), "203.0.113.5");
        assert_eq!(behind("10.0.0.1", "203.0.113.5"), "203.0.113.5");
        assert_eq!(behind("10.0.0.1", "1.1.1.1, 203.0.113.5"), "203.0.113.5");
        assert_eq!(behind("10.0.0.1", "203.0.113.5, 10.2.3.4"), "203.0.113.5");
        assert_eq!(behind("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(behind("10.0.0.1", ""), "10.0.0.1");
    }
}
