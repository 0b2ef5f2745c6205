-- When a share was, read from the bytes of its event: what an index of the projections sorts shares by (docs/decisions/0029). Here and not beside the tables,
-- so that each reader finds it under one name, whichever projections it reads. A published schema never changes, so this never does.

CREATE FUNCTION ledger.share_moment(value bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    place int := 21;  -- behind the magic byte, the schema id and event_id
    shift int;
    byte int;
    number bigint;
BEGIN
    FOR text IN 1..2 LOOP  -- controller, subject_ref: a length, then so many bytes
        number := 0;
        shift := 0;
        LOOP
            byte := get_byte(value, place);
            place := place + 1;
            number := number | ((byte & 127)::bigint << shift);
            EXIT WHEN byte < 128;
            shift := shift + 7;
        END LOOP;
        place := place + (number >> 1)::int;
    END LOOP;
    -- Eight bytes, as all moments from 1978 to 3111 have, are put together at once.
    number := ('x' || encode(substring(value FROM place + 1 FOR 8), 'hex'))::bit(64)::bigint;
    IF number & -9187201950435737472 = -9187201950435737600 THEN
        number := ((number >> 56) & 127) | ((number >> 41) & 16256) | ((number >> 26) & 2080768) | ((number >> 11) & 266338304)
                | ((number << 4) & 34091302912) | ((number << 19) & 4363686772736) | ((number << 34) & 558551906910208) | ((number << 49) & 71494644084506624);
    ELSE
        number := 0;
        shift := 0;
        LOOP
            byte := get_byte(value, place);
            place := place + 1;
            number := number | ((byte & 127)::bigint << shift);
            EXIT WHEN byte < 128;
            shift := shift + 7;
        END LOOP;
    END IF;
    RETURN ((number >> 1) & 9223372036854775807) # -(number & 1);
END $$;
COMMENT ON FUNCTION ledger.share_moment IS 'Moment of the share whose event these bytes are (schema 1002), in microseconds since 1970.';
