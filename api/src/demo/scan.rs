//! Scans of materials, made on the spot: small, and real files of their kind.

use catalog::MaterialForm;

/// 扫描件
#[derive(Debug)]
pub struct Scan {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Scan {
    /// A copy as a picture, anything else as a document. No two are the same.
    pub fn of(form: MaterialForm, mark: &str) -> Self {
        match form {
            MaterialForm::Copy => Self { media_type: "image/png", bytes: png(mark) },
            _ => Self { media_type: "application/pdf", bytes: pdf(mark) },
        }
    }
}

/// One page with one line of ASCII.
fn pdf(line: &str) -> Vec<u8> {
    let line: String = line.chars().filter(|c| c.is_ascii_alphanumeric() || " -".contains(*c)).collect();
    let drawing = format!("BT /F1 14 Tf 72 770 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    file += &table;
    file += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}

/// Grey stripes, one for each bit of the mark, 8 pixels high.
fn png(mark: &str) -> Vec<u8> {
    const HEIGHT: usize = 8;
    let stripes = mark.as_bytes();
    let columns = u32::try_from(stripes.len() * 8).unwrap_or_default();
    let header = [&columns.to_be_bytes()[..], &[0, 0, 0, HEIGHT as u8], &[1, 0, 0, 0, 0]].concat();
    let line = [&[0], stripes].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", stored(&line.repeat(HEIGHT))), (b"IEND", Vec::new())] {
        let named = [&kind[..], &data].concat();
        file.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        file.extend(&named);
        file.extend(crc32(&named).to_be_bytes());
    }
    file
}

/// A zlib stream (RFC 1950) of one block that is not compressed.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let data = &data[..usize::from(length)];
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    [&[0x78, 0x01, 0x01], &length.to_le_bytes()[..], &(!length).to_le_bytes(), data, &((b << 16) | a).to_be_bytes()]
        .concat()
}

/// As PNG wants it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::MediaType;

    #[test]
    fn scans_are_what_they_say() {
        for form in [MaterialForm::Copy, MaterialForm::Original, MaterialForm::OriginalAndCopy] {
            let scan = Scan::of(form, "33108120261123000001 business-licence");
            assert_eq!(MediaType::sniff(&scan.bytes).map(MediaType::essence), Some(scan.media_type));
        }
    }

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
        assert_eq!(stored(b"Wikipedia")[16..], 0x11E6_0398_u32.to_be_bytes());
    }

    #[test]
    fn the_cross_reference_table_is_where_the_file_says() {
        let file = String::from_utf8_lossy(&pdf("a (line)")).into_owned();
        let start = file.lines().rev().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0_usize);
        assert!(file[start..].starts_with("xref\n"));
        for (number, entry) in (1..=5).zip(file[start..].lines().skip(3)) {
            let at: usize = entry[..10].parse().unwrap_or(0);
            assert!(file[at..].starts_with(&format!("{number} 0 obj")));
        }
    }
}
