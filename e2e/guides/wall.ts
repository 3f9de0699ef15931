// A code as it once was on a wall, for the picture of the projector.

export const TYPED = 'YS8581DW';

export const QR = {
  size: 29,
  bits:
    '_ihr_BUYkG6CZLt11iXbpCCuwW5hB_qqr-AOCwD70d1SwWitXKmtMqAbZsU-rVYEAMm_G2W-BgZzl4cQoR9NckDjmevH' +
    'EdrAiTKk-wBwPEf7Z6twTlsdutA_vdd_ty6xsgUFmju_7rx1AA',
};
