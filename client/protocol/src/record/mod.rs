//! Record batches: what producers send, what logs hold, what consumers read.
