#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use futures_util::stream;
use uuid::Uuid;

use super::*;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";

fn files(data: &Path) -> Files {
    let settings = settings::Files { max_bytes: 200_000, ..settings::Files::default() };
    Files::open(&settings, data).unwrap()
}

fn key() -> FileKey {
    FileKey(format!("331081/{}", Uuid::now_v7()))
}

fn chunks(bytes: &[u8]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
    stream::iter(bytes.chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>())
}

fn left_behind(data: &Path) -> usize {
    std::fs::read_dir(data.join("files/331081")).map_or(0, Iterator::count)
}

/// Clause B2-2: a material is a real file, stored as it came.
#[actix_web::test]
async fn a_file_comes_back_as_it_was_sent() {
    let data = tempfile::tempdir().unwrap();
    let files = files(data.path());
    let sent = [PDF, &[b'x'; 150_000][..]].concat();
    let stored = files.put(key(), MediaType::Pdf, chunks(&sent)).await.unwrap();
    assert_eq!((stored.size, stored.media), (sent.len() as u64, MediaType::Pdf));
    assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(&sent)));
    let back: Vec<Bytes> = files.get(&stored.key).await.unwrap().try_collect().await.unwrap();
    assert_eq!(back.concat(), sent);
    files.forget(&stored.key).await.unwrap();
    assert_eq!(files.get(&stored.key).await.err().unwrap().kind(), Kind::NotFound);
}

#[actix_web::test]
async fn what_is_refused_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let files = files(data.path());
    let too_large = [PDF, &[b'x'; 200_000][..]].concat();
    let cases: [(&[u8], MediaType, Kind); 4] = [
        (&too_large, MediaType::Pdf, Kind::FileTooLarge),
        (PDF, MediaType::Png, Kind::FileTypeMismatch),
        (b"#!/bin/sh\nrm", MediaType::Pdf, Kind::FileTypeNotAllowed),
        (b"", MediaType::Pdf, Kind::EmptyFile),
    ];
    for (bytes, declared, expected) in cases {
        assert_eq!(files.put(key(), declared, chunks(bytes)).await.unwrap_err().kind(), expected);
    }
    assert_eq!(left_behind(data.path()), 0);
}

#[actix_web::test]
async fn a_stalled_file_is_given_up() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings::Files { grace_seconds: 0, ..settings::Files::default() };
    let files = Files::open(&settings, data.path()).unwrap();
    let stalled = stream::pending::<Result<Bytes, Infallible>>();
    assert_eq!(files.put(key(), MediaType::Pdf, stalled).await.unwrap_err().kind(), Kind::RequestTimeout);
}

#[test]
fn a_zip_is_not_enough() {
    assert_eq!(MediaType::sniff(b"PK\x03\x04\x14\0\0\0\0\0 and something else entirely"), None);
    assert_eq!(MediaType::sniff(b"PK\x03\x04\x14\0\0\0\0\0 OFD.xml and so on"), Some(MediaType::Ofd));
    assert_eq!("application/PDF; x=y".parse(), Ok(MediaType::Pdf));
    assert_eq!("text/html".parse::<MediaType>(), Err(NotAllowed));
}

#[test]
fn a_key_cannot_point_elsewhere() {
    for text in ["331081/../keys/secret", "../x", "331081", "x/y"] {
        assert!(text.parse::<FileKey>().is_err(), "{text}");
    }
}
