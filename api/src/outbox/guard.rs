//! 出站防护: no address that somebody registers leads into our own network. Every address that a name has is looked at when
//! it is registered and whenever it is connected to, and only those that were looked at are connected to, so that a name
//! that changes its mind in between (DNS rebinding) gains nothing.

use std::{
    fmt, io,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// How long a name may take to be resolved.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is not the public Internet: the special-purpose registries of IANA, multicast and the reserved rest.
const NOT_PUBLIC: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",
    "2002::/16",
];

/// 禁用地址 wherever one is allowed: clouds tell their secrets there.
const NEVER: [&str; 5] = ["169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "fd00:ec2::254/128", "224.0.0.0/3"];

/// Why a URL is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("应为 https 地址，不含用户名、密码和片段；仅配置允许的网络可用 http")]
    Form,
    #[error("域名无法解析")]
    Unresolved,
    #[error("地址不在允许的网络内：内网、本机、链路本地、元数据等地址均不可用")]
    Forbidden,
}

impl Unfit {
    /// As an attempt's outcome.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Form => "bad_url",
            Self::Unresolved => "not_resolved",
            Self::Forbidden => "forbidden_address",
        }
    }
}

/// Which addresses may be connected to.
#[derive(Clone)]
pub struct Guard {
    denied: Arc<[IpNet]>,
    never: Arc<[IpNet]>,
    allowed: Arc<[IpNet]>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

fn nets(texts: &[&str]) -> Arc<[IpNet]> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

impl Guard {
    /// The public Internet, and these networks besides.
    pub fn new(allowed: &[IpNet]) -> Self {
        Self { denied: nets(&NOT_PUBLIC), never: nets(&NEVER), allowed: allowed.into() }
    }

    fn is_within(networks: &[IpNet], ip: IpAddr) -> bool {
        networks.iter().any(|network| network.contains(&ip))
    }

    /// Whether the configuration names its network.
    fn is_named(&self, ip: IpAddr) -> bool {
        Self::is_within(&self.allowed, ip) && !is_nowhere(ip) && !Self::is_within(&self.never, ip)
    }

    fn allows(&self, ip: IpAddr) -> bool {
        // An IPv4 address in the clothes of IPv6 is judged as what it is.
        let ip = ip.to_canonical();
        let is_public = match ip {
            IpAddr::V4(_) => true,
            IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000 && !is_documentation(v6),
        };
        self.is_named(ip) || (is_public && !Self::is_within(&self.denied, ip) && !Self::is_within(&self.never, ip))
    }

    /// The URL, if its form is good and every address it has now may be connected to.
    ///
    /// # Errors
    /// The first thing that is not so.
    pub async fn check(&self, url: &str) -> Result<Url, Unfit> {
        let url = Url::parse(url).map_err(|_| Unfit::Form)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !is_plain || !matches!(url.scheme(), "https" | "http") {
            return Err(Unfit::Form);
        }
        let host = url.host_str().ok_or(Unfit::Form)?;
        // Whatever way an address was written in, the parser has written it out.
        let addresses = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => resolved(host).await.map_err(|_| Unfit::Unresolved)?,
        };
        if addresses.is_empty() {
            return Err(Unfit::Unresolved);
        }
        if !addresses.iter().all(|address| self.allows(*address)) {
            return Err(Unfit::Forbidden);
        }
        if url.scheme() == "http" && !addresses.iter().all(|address| self.is_named(address.to_canonical())) {
            return Err(Unfit::Form);
        }
        Ok(url)
    }
}

fn is_nowhere(ip: IpAddr) -> bool {
    ip.is_unspecified() || ip.is_multicast()
}

fn is_documentation(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    (first == 0x2001 && second == 0xdb8) || first & 0xfff0 == 0x3ff0
}

async fn resolved(host: &str) -> io::Result<Vec<IpAddr>> {
    let looking = tokio::net::lookup_host((host, 0));
    let found =
        tokio::time::timeout(PATIENCE, looking).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok(found.map(|address| address.ip()).collect())
}

impl Resolve for Guard {
    /// All or nothing: a name with one address that may not be connected to has none.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().all(|address| guard.allows(address.ip())) {
                Ok(Box::new(found.into_iter()) as Addrs)
            } else {
                Err(Unfit::Forbidden.into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn told(allowed: &[&str], url: &str) -> Result<String, Unfit> {
        let allowed: Vec<IpNet> = allowed.iter().map(|net| net.parse().unwrap()).collect();
        Guard::new(&allowed).check(url).await.map(String::from)
    }

    /// Clause B5-7, OWASP API7: whatever way an inner address is written in.
    #[tokio::test]
    async fn no_inner_address_is_connected_to() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0177.0.0.1",
            "2130706433",
            "0",
            "①②⑦.0.0.1",
            "127。0。0。1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[5f00::1]",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "localhost",
        ] {
            assert_eq!(told(&[], &format!("https://{host}/")).await, Err(Unfit::Forbidden), "{host}");
        }
    }

    #[tokio::test]
    async fn the_public_internet_is_connected_to_by_https() {
        for url in ["https://1.1.1.1/", "https://[2606:4700::1111]:8443/x?y=z"] {
            assert_eq!(told(&[], url).await.unwrap(), url);
        }
        for url in [
            "http://1.1.1.1/",
            "ftp://1.1.1.1/",
            "https://u@1.1.1.1/",
            "https://u:p@1.1.1.1/",
            "https://1.1.1.1/#x",
            "1.1.1.1",
            "",
        ] {
            assert_eq!(told(&[], url).await, Err(Unfit::Form), "{url}");
        }
        assert_eq!(told(&[], "https://no-such-name.invalid/").await, Err(Unfit::Unresolved));
    }

    #[tokio::test]
    async fn a_network_that_is_allowed_is_connected_to_and_what_never_is_is_not() {
        let all = ["0.0.0.0/0", "::/0"];
        for url in ["http://127.0.0.1:9/", "http://10.1.2.3/", "https://192.168.0.1/", "http://[::1]/"] {
            assert_eq!(told(&all, url).await.unwrap(), url);
        }
        for host in
            ["169.254.169.254", "100.100.100.200", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0", "[::]", "224.0.0.1"]
        {
            assert_eq!(told(&all, &format!("http://{host}/")).await, Err(Unfit::Forbidden), "{host}");
        }
        assert_eq!(told(&["127.0.0.0/8"], "http://10.1.2.3/").await, Err(Unfit::Forbidden));
    }

    /// A name is judged when it is connected to, and not by what it was before.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let client = reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(Guard::new(&[]))).build().unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("Forbidden"), "{error:?}");
    }
}
