//! Frames: a 4-byte big-endian length, then that many bytes.

/// The bytes of a frame's length.
pub const LENGTH_SIZE: usize = 4;

/// A length that cannot begin a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length is negative.
    #[error("a frame announces {0} bytes")]
    Negative(i32),
    /// The length is above the limit.
    #[error("a frame announces {length} bytes, at most {max} are accepted")]
    TooLarge { length: usize, max: usize },
}

/// How long the frame at the start of `bytes` is, its length field included; `None` while the length field is not
/// whole. `size_max` bounds the frame without its length field.
pub fn frame_size(bytes: &[u8], size_max: usize) -> Result<Option<usize>, FrameError> {
    let Some(length) = bytes.first_chunk::<LENGTH_SIZE>() else { return Ok(None) };
    let announced = i32::from_be_bytes(*length);
    let length = usize::try_from(announced).map_err(|_| FrameError::Negative(announced))?;
    if length > size_max {
        return Err(FrameError::TooLarge { length, max: size_max });
    }
    Ok(Some(LENGTH_SIZE + length))
}

/// Appends a frame to `out`: what `body` writes, with its length in front.
pub fn write_frame<E>(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_SIZE]);
    if let Err(error) = body(out) {
        out.truncate(start);
        return Err(error);
    }
    let length = i32::try_from(out.len() - start - LENGTH_SIZE).unwrap_or(i32::MAX);
    if let Some(place) = out.get_mut(start..start + LENGTH_SIZE) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_measured_once_its_length_is_whole() {
        assert_eq!(frame_size(&[0, 0, 0], 10), Ok(None));
        assert_eq!(frame_size(&[0, 0, 0, 10], 10), Ok(Some(14)));
        assert_eq!(frame_size(&[0, 0, 0, 11], 10), Err(FrameError::TooLarge { length: 11, max: 10 }));
        assert_eq!(frame_size(&[0xff; 4], 10), Err(FrameError::Negative(-1)));
    }

    #[test]
    fn a_body_that_fails_leaves_nothing_behind() {
        let mut out = vec![7];
        assert_eq!(write_frame(&mut out, |_| Err("no")), Err("no"));
        assert_eq!(out, [7]);
        write_frame(&mut out, |out| {
            out.push(9);
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(out, [7, 0, 0, 0, 1, 9]);
    }
}
